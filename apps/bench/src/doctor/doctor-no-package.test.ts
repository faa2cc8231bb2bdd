import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import type * as Peers from "../bench/peers/find-tfjs.ts";
import { makeFolder, runProgram } from "../testing.ts";

/** Where the package webgpu is found: nowhere, as on a machine that does not have it. */
const place = vi.hoisted(() => ({ entry: undefined as string | undefined }));

vi.mock(import("../bench/peers/find-tfjs.ts"), async (original): Promise<typeof Peers> => {
  const real = await original();
  return { ...real, findPackage: (name, engine) => (name === "webgpu" ? place.entry : real.findPackage(name, engine)) };
});

afterEach(() => {
  place.entry = undefined;
  vi.unstubAllEnvs();
});

test("without the package webgpu the doctor says that it is not installed, and what installs it", { timeout: 120_000 }, async () => {
  vi.stubEnv("ROWAN_CACHE", makeFolder());
  const { status, out } = await runProgram(["doctor"]);
  expect(status).toBe(0);
  const [, first, second, third] = /^missing +webgpu +(.*)\n +(.*)\n +(.*)$/m.exec(out) ?? [];
  expect(first).toBe("This runtime has no WebGPU: navigator.gpu is not there, and the package webgpu is not installed.");
  expect(second).toBe("Install it with npm install webgpu, or pass it as the option `dawn`.");
  expect(third).toBe("In this clone of Rowan: npm run setup:engines -- webgpu");
  expect(out).toMatch(/^ok +cpu /m);
  expect(out).not.toMatch(/browser/);
});

test("a package webgpu that is broken is told in one line, with what mends it", { timeout: 120_000 }, async () => {
  vi.stubEnv("ROWAN_CACHE", makeFolder());
  place.entry = join(makeFolder(), "index.mjs");
  writeFileSync(place.entry, "throw new Error(\"Cannot find module 'dawn.node'\\nRequire stack:\\n- index.js\");\n");
  const { status, out } = await runProgram(["doctor"]);
  expect(status).toBe(0);
  expect(out).toMatch(
    /^missing +webgpu +The package webgpu is there and cannot be loaded: Cannot find module 'dawn\.node'\.\n +Install it anew\. In a clone of Rowan: npm run setup:engines -- webgpu\. Elsewhere: npm install webgpu\.$/m,
  );
  expect(out).toMatch(/^ok +cpu /m);
  expect(out).not.toContain("Require stack");
});
