import { readdirSync } from "node:fs";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { InterruptedError } from "../failure.ts";
import { makeFolder } from "../testing.ts";
import { Failures } from "./peers/peer-failed.ts";
import { TfjsEngine } from "./peers/tfjs-engine.ts";
import { Room } from "./room.ts";

let folder = "";

beforeEach(() => {
  folder = makeFolder();
  vi.stubEnv("TMPDIR", folder);
  // A program that is there, so that it is the interruption that ends it.
  vi.stubEnv("ROWAN_BENCH_PYTHON", process.execPath);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

test.each(["torch", "c"] as const)(
  "an interruption while %s is made ready is no peer that is missing, and leaves nothing behind",
  async (peer) => {
    await expect(Room.open([peer], AbortSignal.abort())).rejects.toThrow(InterruptedError);
    expect(readdirSync(folder)).toEqual([]);
  },
);

test("an interruption while an engine starts is no engine that is missing", async () => {
  await expect(TfjsEngine.start("cpu", { folder, signal: AbortSignal.abort(), failures: new Failures() })).rejects.toThrow(
    InterruptedError,
  );
});
