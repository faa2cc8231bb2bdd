import { afterEach, describe, expect, test } from "vitest";
import { createWebGpuBackend } from "../index.ts";
import { findTestGpu } from "../testing/software-gpu.ts";
import { setMissingGlobals } from "./globals.ts";

const gpu = await findTestGpu();
const names = ["navigator", "GPUBufferUsage", "GPUMapMode", "GPUBuffer", "GPUShaderStage"] as const;
const before = new Map(names.map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)]));

afterEach(() => {
  for (const [name, descriptor] of before) {
    Reflect.deleteProperty(globalThis, name);
    if (descriptor) Object.defineProperty(globalThis, name, descriptor);
  }
});

const scope = globalThis as Record<string, unknown>;
const entry = {} as Parameters<typeof setMissingGlobals>[0];

describe("globals", () => {
  test("what is missing is set", () => {
    Reflect.deleteProperty(globalThis, "navigator");
    setMissingGlobals(entry, { GPUBufferUsage: { MAP_READ: 1 } });
    expect(scope["GPUBufferUsage"]).toEqual({ MAP_READ: 1 });
    expect(scope["navigator"]).toEqual({ gpu: entry });
  });

  test("what a user set stays, also where it is undefined or refuses to be set", () => {
    const mine = { MAP_READ: 7 };
    const navigator = Object.freeze({ gpu: { mine: true }, userAgent: "mine" });
    Object.defineProperty(globalThis, "navigator", { value: navigator, configurable: true });
    Object.defineProperty(globalThis, "GPUBufferUsage", { value: mine, configurable: true });
    Object.defineProperty(globalThis, "GPUMapMode", { value: undefined, configurable: true });
    setMissingGlobals(entry, { GPUBufferUsage: {}, GPUMapMode: { READ: 1 } });
    expect(scope["GPUBufferUsage"]).toBe(mine);
    expect(scope["GPUMapMode"]).toBeUndefined();
    expect(scope["navigator"]).toBe(navigator);
  });

  test("a navigator without a GPU keeps what it is, and gets one", () => {
    const navigator = { userAgent: "mine" };
    Object.defineProperty(globalThis, "navigator", { value: navigator, configurable: true });
    setMissingGlobals(entry);
    expect(scope["navigator"]).toBe(navigator);
    expect(navigator.userAgent).toBe("mine");
    expect((navigator as { gpu?: unknown }).gpu).toBe(entry);
  });

  test.skipIf(gpu.missing !== undefined)("importing sets nothing; making a backend does, and leaves a user's classes alone", async () => {
    const missing = names.filter((name) => !before.get(name));
    for (const name of missing) expect(name in globalThis, name).toBe(false);
    const Mine = class GPUBuffer {
      readonly isMine = true;
    };
    Object.defineProperty(globalThis, "GPUBuffer", { value: Mine, configurable: true });
    const backend = await createWebGpuBackend(gpu.missing === undefined ? gpu.options : {});
    expect(scope["GPUBuffer"]).toBe(Mine);
    for (const name of missing) expect(name in globalThis, name).toBe(true);
    const x = { handle: backend.allocate("float32", 1), shape: [1], dtype: "float32" } as const;
    backend.write(x, Float32Array.of(4), 0);
    expect(await backend.read(x, 0, 1)).toEqual(Float32Array.of(4));
    backend.dispose();
  });
});
