import { expect, test, vi } from "vitest";
import { makeFolder, runProgram } from "../testing.ts";

test("without a GPU the doctor says so, why, and what to do; the others are as ever", { timeout: 120_000 }, async () => {
  // Dawn, where it is installed, looks for drivers once in a process: this file has one of its own, in which there are none.
  vi.stubEnv("VK_ICD_FILENAMES", "/nowhere.json");
  vi.stubEnv("VK_DRIVER_FILES", "/nowhere.json");
  vi.stubEnv("ROWAN_CACHE", makeFolder());
  const { status, out } = await runProgram(["doctor"]);
  expect(status).toBe(0);
  expect(out).toMatch(/^missing +webgpu +(WebGPU found no adapter|This runtime has no WebGPU).*\n +\S.*$/m);
  expect(out).toMatch(/^ok +cpu /m);
  // Where the processor takes less than the least that a GPU could take, nobody asks for one: a fast one does, in some runs.
  expect(out.match(/^ +webgpu +not (available: |loaded: it takes at least )/gm)).toHaveLength(2);
  vi.unstubAllEnvs();
});
