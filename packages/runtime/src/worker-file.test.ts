import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { workerFile } from "./worker-file.ts";

it.each(["worker.js", "team-worker.js", "word-vector-worker.js"])("finds what was built of %s", (name) => {
  const path = workerFile(name);
  expect(path).toBe(fileURLToPath(new URL(`../dist/${name}`, import.meta.url)));
  expect(existsSync(path)).toBe(true);
});

it("names the place beside the caller for a program that is nowhere", () => {
  expect(workerFile("no-such-worker.js")).toBe(fileURLToPath(new URL("./no-such-worker.js", import.meta.url)));
});
