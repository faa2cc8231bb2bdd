import { execFileSync, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeFolder, runProgram } from "../testing.ts";

/** What the shells offer for the last of some words; the scripts are those of `rowan completion`. */
const shells = {
  bash: (script: string, words: readonly string[]): string =>
    execFileSync(
      "bash",
      [
        "-c",
        `${script}\nCOMP_WORDS=(${words.map((word) => `"${word}"`).join(" ")}); COMP_CWORD=${words.length - 1}; _rowan; echo "\${COMPREPLY[@]}"`,
      ],
      { encoding: "utf8" },
    ),
  fish: (script: string, words: readonly string[]): string => {
    const path = join(makeFolder(), "rowan.fish");
    writeFileSync(path, script);
    // A tab is between a word and what it means.
    const offered = execFileSync("fish", ["--no-config", "-c", `source ${path}; complete -C '${words.join(" ")}'`], { encoding: "utf8" });
    return offered.replaceAll(/\t.*$/gm, "").trim().split("\n").join(" ");
  },
} as const;

test.for(["bash", "fish"] as const)("%s completes commands, their options, and the values of these", async (shell, { skip }) => {
  if (spawnSync(shell, ["--version"]).error) skip(`${shell} is not installed`);
  const { status, out } = await runProgram(["completion", shell]);
  expect(status).toBe(0);
  const complete = (...words: string[]): string => shells[shell](out, words).trim();
  expect(complete("rowan", "lo")).toBe("lookup");
  expect(complete("rowan", "--verb")).toBe("--verbose");
  expect(complete("rowan", "inspect", "--st")).toBe("--statistics");
  expect(complete("rowan", "train", "--vec")).toBe("--vector-size");
  expect(complete("rowan", "lookup", "--backend", "w")).toBe("webgpu");
  expect(complete("rowan", "bench", "neigh")).toBe("neighbours");
  expect(complete("rowan", "lookup", "--table", "")).not.toContain("--");
  expect(complete("rowan", "bench", "batch", "--fol")).toBe("--folder");
  expect(complete("rowan", "completion", "z")).toBe("zsh");
  expect(complete("rowan", "he")).toBe("help");
  expect(complete("rowan", "help", "lo")).toBe("lookup");
  expect(complete("rowan", "--verbose", "insp")).toBe("inspect");
  expect(complete("rowan", "--verbose", "lookup", "--mode", "sq")).toBe("sqrtn");
});

/** A value behind an equals sign, as each shell cuts it. */
test.for([
  ["bash", ["--mode", "=", "s"], "sum sqrtn"],
  ["bash", ["--mode", "="], "sum mean max sqrtn"],
  ["bash", ["--mode=s"], "--mode=sum --mode=sqrtn"],
  ["bash", ["--table", "=", "v"], ""],
  ["fish", ["--mode=s"], "--mode=sqrtn --mode=sum"],
] as const)("%s completes %j to %s", async ([shell, words, expected], { skip }) => {
  if (spawnSync(shell, ["--version"]).error) skip(`${shell} is not installed`);
  const { out } = await runProgram(["completion", shell]);
  expect(shells[shell](out, ["rowan", "lookup", ...words]).trim()).toBe(expected);
});

test("what fish gets says what each word means, in quotes that hold", async () => {
  const { out } = await runProgram(["completion", "fish"]);
  expect(out).toContain("-n '__fish_seen_subcommand_from completion' -a 'bash zsh fish'");
  expect(out).toContain("-l mode -x -a 'sum mean max sqrtn' -d 'one vector for several ids'");
  for (const line of out.trim().split("\n")) expect(line).toMatch(/^complete -c rowan( -[a-z]| '([^'\\]|\\.)*'| [\w-]+)+$/);
});

test("zsh completes through bash's script, other shells are not known", async ({ skip }) => {
  const { out } = await runProgram(["completion", "zsh"]);
  expect(out).toContain("bashcompinit");
  expect(await runProgram(["completion", "tcsh"])).toMatchObject({ status: 2 });
  if (spawnSync("zsh", ["--version"]).error) skip("zsh is not installed");
  const path = join(makeFolder(), "rowan.zsh");
  writeFileSync(path, out);
  const run = (script: string): string => execFileSync("zsh", ["-f", "-c", `source ${path}; ${script}`], { encoding: "utf8" });
  expect(run("echo $_comps[rowan]")).toContain("_rowan");
  // Where bash's function offers nothing, files are looked for behind an equals sign.
  const shown = "compset() { print -r -- $@ }; _files() { print files }; _rowan_or_files";
  expect(run(`_bash_complete() { return 1 }; ${shown}`)).toBe("-P --*=\nfiles\n");
  expect(run(`_bash_complete() { return 0 }; ${shown}`)).toBe("");
});
