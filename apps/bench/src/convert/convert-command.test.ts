import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { exportEndings } from "@rowan/serialize";
import { expect, test } from "vitest";
import { makeFolder, runProgram } from "../testing.ts";

test("every ending that the library knows is written, plain and packed, and so is a checkpoint", async () => {
  const folder = makeFolder();
  const from = join(folder, "t.txt");
  writeFileSync(from, "2 3\na 1 2 3\nb 4 5 6\n");
  const endings = ["rowan", ...Object.keys(exportEndings).flatMap((ending) => [ending, `${ending}.gz`])];
  for (const ending of endings) {
    const to = join(folder, `r.${ending}`);
    const format = exportEndings[ending.replace(".gz", "")] ?? "rowan";
    const { status, out, err } = await runProgram(["convert", from, to, "--json"]);
    expect([ending, status, err]).toEqual([ending, 0, ""]);
    expect(JSON.parse(out)).toMatchObject({ rows: 2, dim: 3, words: format !== "npy" });
    expect([ending, (await runProgram(["inspect", to])).status]).toEqual([ending, 0]);
  }
});

test("an ending that says no format is refused with all that do", async () => {
  const { status, err } = await runProgram(["convert", "t.txt", "r.foo"]);
  expect(status).toBe(2);
  expect(err).toContain(`must end with .${["rowan", ...Object.keys(exportEndings)].join(", .")}. Received: r.foo.`);
});
