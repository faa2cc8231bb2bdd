import { setBackend } from "@rowan/api";
import { afterEach, expect, test, vi } from "vitest";
import { makeFolder, runProgram } from "../testing.ts";

afterEach(() => {
  vi.unstubAllEnvs();
  setBackend(undefined);
});

test("a ROWAN_BACKEND that cannot be had is an error after the report, with the names that can", { timeout: 120_000 }, async () => {
  vi.stubEnv("VK_ICD_FILENAMES", "/nowhere.json");
  vi.stubEnv("ROWAN_CACHE", makeFolder());
  vi.stubEnv("ROWAN_BACKEND", "abacus");
  const { status, out, err } = await runProgram(["doctor"]);
  expect(status).toBe(1);
  expect(out).toMatch(/^ok +cpu /m);
  expect(out).toMatch(/^ROWAN_BACKEND is set: abacus$/m);
  expect(err).toMatch(
    /^rowan: ROWAN_BACKEND=abacus cannot be had: .*Registered: cpu, plain, tfjs, webgpu\. Set ROWAN_BACKEND to another name/,
  );
  const json = await runProgram(["doctor", "--json"]);
  expect(json.status).toBe(1);
  expect(JSON.parse(json.out)).toMatchObject({ rowanBackend: "abacus" });
  vi.stubEnv("ROWAN_BACKEND", "cpu");
  expect(await runProgram(["doctor"])).toMatchObject({
    status: 0,
    out: expect.stringContaining("Chosen: cpu") as string,
  });
});

test("an engine that is missing is named below the one that is in use, with what brings it", { timeout: 120_000 }, async () => {
  vi.stubEnv("VK_ICD_FILENAMES", "/nowhere.json");
  vi.stubEnv("ROWAN_CACHE", makeFolder());
  vi.stubEnv("ROWAN_TFJS_NODE", makeFolder());
  const { out } = await runProgram(["doctor"]);
  expect(out).toMatch(
    /^ok +tfjs +TensorFlow\.js WASM SIMD, \d+ threads?; processor; .* rows\/s\n +Passed over: The engine "node" must find .*node-api-headers/m,
  );
});
