import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { runProgram } from "../testing.ts";

test("bash completes commands and the options of the command that was named", async () => {
  const { status, out } = await runProgram(["completion", "bash"]);
  expect(status).toBe(0);
  const complete = (...words: string[]): string =>
    execFileSync(
      "bash",
      [
        "-c",
        `${out}\nCOMP_WORDS=(${words.map((word) => `"${word}"`).join(" ")}); COMP_CWORD=${words.length - 1}; _rowan; echo "\${COMPREPLY[@]}"`,
      ],
      {
        encoding: "utf8",
      },
    ).trim();
  expect(complete("rowan", "lo")).toBe("lookup");
  expect(complete("rowan", "inspect", "--st")).toBe("--statistics");
  expect(complete("rowan", "train", "--vec")).toBe("--vector-size");
  expect((await runProgram(["completion", "zsh"])).out).toContain("bashcompinit");
  expect(await runProgram(["completion", "tcsh"])).toMatchObject({ status: 2 });
});
