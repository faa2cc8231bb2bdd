import { expect, test, vi } from "vitest";
import type * as WebGpu from "@rowan/backend-webgpu";
import { makeFolder, runProgram } from "../testing.ts";

// A GPU is asked for, however fast the processor is: by its outlook it takes no time.
vi.mock("@rowan/backend-webgpu", async (importOriginal) => {
  const real = await importOriginal<typeof WebGpu>();
  const none = { callMs: 0, idNs: 0, valueNs: 0 };
  const outlook = { ...real.createWebGpuBackend.outlook, least: { lookup: none, train: none } };
  const createWebGpuBackend: typeof real.createWebGpuBackend = Object.assign(real.createWebGpuBackend.bind(undefined), { outlook });
  return { ...real, createWebGpuBackend };
});

test("without a GPU the doctor says so, why, and what to do; the others are as ever", { timeout: 120_000 }, async () => {
  // Dawn, where it is installed, looks for drivers once in a process: this file has one of its own, in which there are none.
  vi.stubEnv("VK_ICD_FILENAMES", "/nowhere.json");
  vi.stubEnv("VK_DRIVER_FILES", "/nowhere.json");
  vi.stubEnv("ROWAN_CACHE", makeFolder());
  const { status, out } = await runProgram(["doctor"]);
  expect(status).toBe(0);
  expect(out).toMatch(/^missing +webgpu +(WebGPU found no adapter|This runtime has no WebGPU).*\n +\S.*$/m);
  expect(out).toMatch(/^ok +cpu /m);
  expect(out).toMatch(/^ +webgpu +not available: /m);
  vi.unstubAllEnvs();
});
