import { describeBackend, describeExactMode } from "@rowan/conformance";
import { afterEach, expect, test, vi } from "vitest";
import { createTfjsBackend } from "../../index.ts";
import { loadRowModule } from "./load-row-module.ts";

/** What the language's own library does not describe. */
interface WebAssemblyApi {
  readonly Memory: new (pages: { initial: number; maximum?: number; shared?: boolean }) => {
    readonly buffer: ArrayBuffer | SharedArrayBuffer;
  };
  instantiate(bytes: unknown, imports: object): Promise<unknown>;
}
const { WebAssembly: api } = globalThis as unknown as { WebAssembly: WebAssemblyApi };

afterEach(() => {
  vi.unstubAllGlobals();
});

test.each([false, true])("rows are gathered in a memory of somebody else's, shared: %s", async (shared) => {
  const memory = new api.Memory({ initial: 1, maximum: 1, shared });
  const rows = await loadRowModule(memory);
  new Float32Array(memory.buffer).set([1, 2, 3, 4, 5, 6]);
  new Int32Array(memory.buffer, 64).set([2, 0]);
  rows?.gatherRows(0, 64, 128, 2, 8);
  expect([...new Float32Array(memory.buffer, 128, 4)]).toEqual([5, 6, 1, 2]);
});

test("a memory of a kind that the kernels cannot take, or a runtime without SIMD, has none", async () => {
  expect(await loadRowModule(new api.Memory({ initial: 1 }))).toBeUndefined();
  vi.stubGlobal("WebAssembly", { instantiate: () => Promise.reject(new Error("no SIMD")) });
  expect(await loadRowModule(new api.Memory({ initial: 1, maximum: 1 }))).toBeUndefined();
});

/** There the kernels in TypeScript work on the memory of TensorFlow.js' module, and pass the same suite. */
async function withoutSimd(): ReturnType<typeof createTfjsBackend> {
  let refused = 0;
  const instantiate = (bytes: unknown, imports: object): Promise<unknown> => {
    // TensorFlow.js' own module imports more than an environment.
    if (Object.keys(imports).join() !== "env") return api.instantiate(bytes, imports);
    refused++;
    return Promise.reject(new Error("no SIMD"));
  };
  vi.stubGlobal("WebAssembly", Object.assign(Object.create(api) as object, { instantiate }));
  try {
    const backend = await createTfjsBackend({ engine: "wasm" });
    expect(refused).toBe(1);
    return backend;
  } finally {
    vi.unstubAllGlobals();
  }
}

describeBackend("tfjs, wasm without SIMD", withoutSimd);
describeExactMode("tfjs, wasm without SIMD", withoutSimd);
