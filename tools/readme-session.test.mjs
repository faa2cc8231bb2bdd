import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { listCommands, replaceSession } from "./readme-session.mjs";
import { root } from "./run.mjs";

const page = readFileSync(join(root, "README.md"), "utf8");

test("README shows a session, and each of its commands with what it printed", () => {
  expect(listCommands(page).length).toBeGreaterThan(4);
  expect(page).not.toMatch(/^\$ npx rowan [^\n]+\n\n?(?=\$|```)/m);
});

test.each(listCommands(page))("%s has options that there are", (command) => {
  const [, , name = "", ...words] = command.split(" ");
  const { stdout, status } = spawnSync(process.execPath, [join(root, "apps/bench/bin/rowan.mjs"), name, "--help"], { encoding: "utf8" });
  expect(status).toBe(0);
  for (const option of words.filter((word) => word.startsWith("--"))) expect(stdout).toContain(`${option} `);
});

test("a session is replaced as a whole, whatever is in it", () => {
  const made = replaceSession("a\n<!-- rowan session: begin -->\nold\n<!-- rowan session: end -->\nb\n", "$ x\n$& $1\n");
  expect(made).toBe("a\n<!-- rowan session: begin -->\n\n```text\n$ x\n$& $1\n```\n\n<!-- rowan session: end -->\nb\n");
});
