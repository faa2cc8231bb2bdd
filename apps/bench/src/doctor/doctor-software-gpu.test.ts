import { existsSync } from "node:fs";
import { expect, test, vi } from "vitest";
import { knownBackends } from "../known-backends.ts";
import { makeFolder, runProgram } from "../testing.ts";

/** SwiftShader, as Debian's chromium brings it, and Dawn: both are there in CI. */
const driver = "/usr/lib/chromium/vk_swiftshader_icd.json";
const dawn = new URL("../../../../engines/webgpu/node_modules/webgpu/index.js", import.meta.url);
const isThere = existsSync(driver) && existsSync(dawn);

if (!isThere && process.env["CI"]) throw new Error("CI must have Dawn (npm run setup:engines -- webgpu) and SwiftShader (chromium).");

test.skipIf(!isThere)("on a GPU in software the doctor calls it that, and nobody chooses it", { timeout: 120_000 }, async () => {
  // Dawn looks for drivers once in a process: this file has one of its own.
  vi.stubEnv("VK_ICD_FILENAMES", driver);
  vi.stubEnv("ROWAN_CACHE", makeFolder());
  const { status, out } = await runProgram(["doctor"]);
  expect(status).toBe(0);
  expect(out).toMatch(
    /^software +webgpu +WebGPU, google swiftshader[^,]*, a GPU in software; software adapter google swiftshader[^;]*; tables of up to [\d.]+ GiB; \S+ million rows\/s$/m,
  );
  expect(out).toContain("It gives right numbers, slowly; only its name chooses it.");
  expect(out).not.toMatch(/^Chosen: webgpu/m);
  expect(out).toMatch(/^ +webgpu +(passed over: Its google swiftshader.* is software|not loaded: it takes at least)/m);
  const outlook = knownBackends.find(({ name }) => name === "webgpu")?.factory.outlook;
  expect(await outlook?.examine?.()).toMatchObject({
    kind: "gpu",
    software: true,
    adapter: expect.stringContaining("google swiftshader") as string,
  });
  vi.unstubAllEnvs();
});
