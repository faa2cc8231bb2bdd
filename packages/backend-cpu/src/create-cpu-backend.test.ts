import { allocateRows, BackendUnavailableError, InternalError, InvalidArgumentError, OutOfMemoryError } from "@rowan/api";
import type { Backend, DType, TensorRef } from "@rowan/api";
import { describe, expect, test, vi } from "vitest";
import { createCpuBackend } from "./index.ts";
import type { CpuBackendOptions } from "./index.ts";
import { compileKernels } from "./wasm/instantiate.ts";
import { startInstance, webAssembly } from "./wasm/web-assembly.ts";
import type { WasmMemory } from "./wasm/web-assembly.ts";

function wasm(): NonNullable<ReturnType<typeof webAssembly>> {
  const api = webAssembly();
  if (!api) throw new TypeError("these tests need WebAssembly");
  return api;
}

function tensor(backend: Backend, dtype: DType, shape: number[]): TensorRef {
  return {
    handle: backend.allocate(
      dtype,
      shape.reduce((size, extent) => size * extent, 1),
    ),
    shape,
    dtype,
  };
}

const forms: [name: string, options: CpuBackendOptions][] = [
  ["plain", { kernels: "plain" }],
  ["WASM, shared", { kernels: "wasm", shared: true }],
  ["WASM, unshared", { kernels: "wasm", shared: false }],
];

describe("createCpuBackend", () => {
  test("takes WASM SIMD and shared memory where they exist", async () => {
    const backend = await createCpuBackend();
    expect(backend.device).toMatch(/^WASM SIMD, shared memory(, native kernels)?$/);
    expect(backend.capabilities).toMatchObject({ syncRead: true, syncRows: true, sharedTables: true, deterministic: true });
    expect(backend.capabilities.maxTableBytes).toBeGreaterThan(4e9);
  });

  test("does not share in a page that is not cross-origin isolated", async () => {
    vi.stubGlobal("crossOriginIsolated", false);
    expect((await createCpuBackend()).device).toBe("WASM SIMD, unshared memory");
    await expect(createCpuBackend({ shared: true })).rejects.toThrow(BackendUnavailableError);
    await expect(createCpuBackend({ shared: true })).rejects.toThrow("Cross-Origin-Opener-Policy");
  });

  test("falls back to plain TypeScript, but not when WASM was asked for", async () => {
    vi.stubGlobal("WebAssembly", undefined);
    const { device, hardware } = await createCpuBackend();
    expect(device).toBe("plain TypeScript");
    expect(hardware?.passedOver?.at(-1)).toBe("The WASM kernels: they do not start here: this runtime has no WebAssembly.");
    expect((await createCpuBackend({ kernels: "plain" })).hardware).not.toHaveProperty("passedOver");
    await expect(createCpuBackend({ kernels: "wasm" })).rejects.toThrow(BackendUnavailableError);
  });

  test("takes less address space where the runtime gives less", async () => {
    const api = wasm();
    const Memory = function (descriptor: { initial: number; maximum: number; shared: boolean }): WasmMemory {
      if (descriptor.maximum > 20_000) throw new RangeError("could not allocate memory");
      return new api.Memory(descriptor);
    };
    vi.stubGlobal("WebAssembly", { Memory, Instance: api.Instance, instantiate: api.instantiate.bind(api) });
    const backend = await createCpuBackend();
    const shape = [3 * 2 ** 20, 100];
    const table = { handle: allocateRows(backend, "float32", shape), shape, dtype: "float32" } as const;
    expect(backend.share?.(table)?.map(({ rows }) => rows * 400 <= 16_384 * 65_536)).toEqual([true, true, true]);
  });

  test.each([
    [{ kernels: "simd" as "wasm" }, "kernels"],
    [{ shared: "yes" as "auto" }, "shared"],
    [{ maximumBytes: -1 }, "maximumBytes"],
  ])("refuses %j", async (options, name) => {
    await expect(createCpuBackend(options)).rejects.toThrow(InvalidArgumentError);
    await expect(createCpuBackend(options)).rejects.toThrow(`Received: ${name}=`);
  });
});

describe.each(forms)("%s", (_name, options) => {
  test("an allocation over the limit names bytes and limit, and takes nothing", async () => {
    const backend = await createCpuBackend({ ...options, maximumBytes: 2 ** 20 });
    const kept = backend.allocate("uint8", 500_000);
    const before = backend.memory();
    expect(() => backend.allocate("float32", 250_000)).toThrow(OutOfMemoryError);
    expect(() => backend.allocate("float32", 250_000)).toThrow("bytes=1000000");
    expect(() => backend.allocate("float32", 2 ** 40)).toThrow(String(backend.capabilities.maxTableBytes));
    expect(backend.memory()).toEqual(before);
    backend.free(kept);
    expect(backend.allocate("uint8", 1_000_000)).toBeDefined();
  });

  test("an operation that finds no room leaves nothing behind", async () => {
    const backend = await createCpuBackend({ ...options, maximumBytes: 2 ** 20 });
    const a = tensor(backend, "float32", [300, 300]);
    const b = tensor(backend, "float32", [300, 300]);
    const before = backend.memory();
    expect(() => backend.matmul(a, b, true, true)).toThrow(OutOfMemoryError);
    expect(() => backend.topK?.({ ...a, shape: [1, 90_000] }, 70_000)).toThrow(OutOfMemoryError);
    expect(backend.memory()).toEqual(before);
  });

  test("freeing twice is an internal error, and counts nothing", async () => {
    const backend = await createCpuBackend(options);
    const [a, b] = [backend.allocate("float32", 10), backend.allocate("float32", 10)];
    backend.free(a);
    expect(() => backend.free(a)).toThrow(InternalError);
    expect(backend.memory()).toEqual({ buffers: 1, bytes: 40 });
    backend.free(b);
    expect(backend.memory()).toEqual({ buffers: 0, bytes: 0 });
  });

  test("memory that is used again is zero again", async () => {
    const backend = await createCpuBackend(options);
    for (let round = 0; round < 3; round++) {
      const x = tensor(backend, "float32", [1000 + round * 700]);
      expect(backend.readSync?.(x, 0, x.shape[0] as number).every((value) => value === 0)).toBe(true);
      backend.fill?.(x, 7);
      backend.free(x.handle);
    }
  });

  test("host views stay valid while memory grows", async () => {
    const backend = await createCpuBackend(options);
    const x = tensor(backend, "int32", [3]);
    const view = backend.hostView?.(x);
    if (options.shared === false) expect(view).toBeUndefined();
    else {
      backend.allocate("uint8", 2 ** 22);
      backend.write(x, Int32Array.of(1, 2, 3), 0);
      expect([...(view as Int32Array)]).toEqual([1, 2, 3]);
    }
    expect(backend.binary("add", x, x, [3])).toBeDefined();
  });

  test("after dispose nothing is counted", async () => {
    const backend = await createCpuBackend(options);
    backend.allocate("float32", 10);
    backend.dispose();
    expect(backend.memory()).toEqual({ buffers: 0, bytes: 0 });
  });
});

test("memory above 2 GiB works like any other", async () => {
  const backend = await createCpuBackend({ kernels: "wasm", shared: true });
  backend.allocate("uint8", 2 ** 31);
  backend.allocate("uint8", 2 ** 30);
  const table = tensor(backend, "float32", [10, 3]);
  const ids = tensor(backend, "int32", [2]);
  backend.write(
    table,
    Float32Array.from({ length: 30 }, (_, i) => i),
    0,
  );
  backend.write(ids, Int32Array.of(9, 1), 0);
  const rows = { handle: backend.gather(table, ids), shape: [2, 3], dtype: "float32" } as const;
  expect([...(await backend.read(rows, 0, 6))]).toEqual([27, 28, 29, 3, 4, 5]);
  const doubled = { ...rows, handle: backend.binary("add", rows, rows, [2, 3]) };
  expect([...(await backend.read(doubled, 0, 6))]).toEqual([54, 56, 58, 6, 8, 10]);
  expect((backend.hostView?.(table) as Float32Array).byteOffset).toBeGreaterThan(3 * 2 ** 30);
});

test("a second instance over the same memory changes nothing in it", async () => {
  const memory = new (wasm().Memory)({ initial: 2, maximum: 65_536, shared: true });
  const bytes = new Uint8Array(memory.buffer).fill(0x5a);
  const { kernels: first, module } = await compileKernels(memory);
  const second = startInstance(module, memory);
  expect(bytes.every((byte) => byte === 0x5a)).toBe(true);
  first.fillBytes(1024, 1, 64);
  second.copyBytes(1024, 0, 2048, 0, 64);
  expect([bytes[2047], bytes[2048], bytes[2111], bytes[2112]]).toEqual([0x5a, 1, 1, 0x5a]);
});
