import { existsSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { createOutFile } from "../files/out-file.ts";
import { makeFolder } from "../testing.ts";
import { noteUnfinished, removeUnfinished } from "./unfinished.ts";

const folder = makeFolder();
const path = join(folder, "r.npy");

afterAll(() => rmSync(folder, { recursive: true }));

test("what is unfinished goes, but not what another run has put in its place", async () => {
  await createOutFile(path);
  expect(existsSync(`${path}.part`)).toBe(true);
  removeUnfinished();
  expect(existsSync(`${path}.part`)).toBe(false);
  await createOutFile(path);
  // The old file still exists, so that its number is not given again.
  renameSync(`${path}.part`, `${path}.old`);
  writeFileSync(`${path}.part`, "of another run");
  removeUnfinished();
  expect(existsSync(`${path}.part`)).toBe(true);
});

test("a note is forgotten for itself: the same path may be noted by somebody else", () => {
  const other = join(folder, "other");
  const forget = noteUnfinished(other);
  writeFileSync(other, "");
  noteUnfinished(other, statSync(other).ino);
  forget();
  removeUnfinished();
  expect(existsSync(other)).toBe(false);
});
