import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const program = fileURLToPath(new URL("../../../../tools/train-and-save.mjs", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "rowan-process-"));
const optimizers = ["adam", "amsgrad", "lazy", "dense", "adamw", "momentum", "rmsprop", "adagrad", "rowwise"];

const run = (part: string): Promise<unknown> =>
  promisify(execFile)(process.execPath, ["--conditions=@rowan/source", program, folder, part], { timeout: 60_000 });

const read = (name: string): Buffer => readFileSync(join(folder, name));

beforeAll(async () => {
  await run("whole");
  await run("rest");
}, 120_000);

afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe("training that is saved, and loaded in a new process", () => {
  it.each(optimizers)("ends with the bits of training that went on: %s", (name) => {
    const whole = read(`${name}-whole.rowan`);
    expect(read(`${name}-half.rowan`).equals(whole)).toBe(false);
    expect(read(`${name}-rest.rowan`).equals(whole)).toBe(true);
  });

  it("was tried with every optimizer", () => {
    expect(readdirSync(folder)).toHaveLength(3 * optimizers.length);
  });
});
