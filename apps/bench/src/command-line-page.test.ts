import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { beforeAll, expect, test } from "vitest";
import { commands } from "./commands.ts";
import { exitCodes } from "./failure.ts";

/** The page that tells people of every command; what `--help` has and it has not, or the other way round, is a fault. */
const page = readFileSync(fileURLToPath(new URL("../../../docs/command-line.md", import.meta.url)), "utf8");

const surroundings = { stdout: { write: () => true }, stderr: { write: () => true }, signal: new AbortController().signal };
let made: Command[];

beforeAll(async () => {
  made = await Promise.all(commands.map(async ({ load }) => (await load())(surroundings)));
});

/** What stands between the heading of a command and the next one. */
function section(name: string): string {
  const [, text] = page.split(`\n## rowan ${name}\n`);
  return text?.split("\n## ")[0] ?? "";
}

/** The options that the tables of a section have: `["--table <file>"]`. */
function told(name: string): string[] {
  return [...section(name).matchAll(/^\| `(-[^`]+)` +\|/gm)].map(([, flags]) => (flags as string).replaceAll("\\|", "|"));
}

test("every command has a section with a call of it, and is in the table at the top", () => {
  for (const { name } of commands) {
    expect(section(name), name).toMatch(new RegExp(`^(ROWAN_BACKEND=\\S+ )?rowan ${name}\\b`, "m"));
    expect(page).toContain(`[\`rowan ${name}\`](#rowan-${name})`);
  }
  expect([...page.matchAll(/^## rowan (.+)$/gm)].map(([, name]) => name).sort()).toEqual(commands.map(({ name }) => name).sort());
});

test("every option is told, and no other", () => {
  for (const command of made) {
    const all = [command, ...command.commands].flatMap(({ options }) => options.map(({ flags }) => flags));
    expect([...new Set(told(command.name()))].sort(), command.name()).toEqual([...new Set(all)].sort());
  }
});

/** Defaults that differ from machine to machine, or are too long for a table. */
const inWords = ["as many as there are cores", "the folder for temporary files", "all of them"];

test("defaults that are told are those of the options", () => {
  const wrong: string[] = [];
  for (const command of made) {
    const rows = [...section(command.name()).matchAll(/^\| `(-[^`]+)` +\|.*\bdefault (.+?) *\|$/gm)];
    const options = [command, ...command.commands].flatMap((one) => one.options);
    for (const [, flags = "", value] of rows) {
      const found = options
        .filter((option) => option.flags === flags.replaceAll("\\|", "|"))
        .map(({ defaultValue }) => String(defaultValue));
      if (!inWords.includes(value as string) && !found.includes(value as string))
        wrong.push(`${command.name()} ${flags}: ${value}, not ${found.join(", ")}`);
    }
  }
  expect(wrong).toEqual([]);
});

test("every suite and every exit status is told", () => {
  const bench = made.find((command) => command.name() === "bench");
  for (const command of bench?.commands ?? []) expect(section("bench")).toContain(command.name());
  for (const status of Object.values(exitCodes)) expect(page).toMatch(new RegExp(`^\\| ${status} +\\|`, "m"));
});
