import { DisposedError, OutOfMemoryError } from "@rowan/api";
import type { TensorRef } from "@rowan/api";
import { createNaiveBackend } from "@rowan/conformance";
import { describe, expect, test, vi } from "vitest";
import { createWebGpuBackend, examineWebGpu } from "./index.ts";
import { smallGpu } from "./testing/small-gpu.ts";
import { findTestGpu } from "./testing/software-gpu.ts";

vi.setConfig({ testTimeout: 120_000 });

const gpu = await findTestGpu();
const testGpu = gpu.missing === undefined ? gpu.options : {};

function values(length: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => Math.sin(i * 12.9898) * 3);
}

describe.skipIf(gpu.missing !== undefined)(`webgpu${gpu.missing === undefined ? "" : ` (${gpu.missing})`}`, () => {
  const create = (options: Parameters<typeof createWebGpuBackend>[0] = {}): ReturnType<typeof createWebGpuBackend> =>
    createWebGpuBackend({ ...testGpu, ...options });

  test("tiled products are the plain ones", async () => {
    const [tiled, plain] = [await create({ products: "tiled" }), await create({ products: "plain" })];
    const results = await Promise.all(
      [tiled, plain].map(async (backend) => {
        const tensor = (shape: readonly number[]): TensorRef => {
          const length = shape.reduce((size, extent) => size * extent, 1);
          const x = { handle: backend.allocate("float32", length), shape, dtype: "float32" } as const;
          backend.write(x, values(length), 0);
          return x;
        };
        // The last one is split along its inner extent by TensorFlow.js, in no fixed order, unless it is told not to.
        const cases = [
          [tensor([2, 33, 17]), tensor([2, 17, 40]), false, false, 2 * 33 * 40],
          [tensor([17, 33]), tensor([40, 17]), true, true, 33 * 40],
          [tensor([16, 2500]), tensor([2500, 12]), false, false, 16 * 12],
        ] as const;
        return Promise.all(
          cases.map(([a, b, transposeA, transposeB, length]) =>
            backend.read({ handle: backend.matmul(a, b, transposeA, transposeB), shape: [length], dtype: "float32" }, 0, length),
          ),
        );
      }),
    );
    results[0]?.forEach((product, i) => {
      const largest = Math.max(...product.map(Math.abs));
      expect(Math.max(...product.map((value, k) => Math.abs(value - (results[1]?.[i]?.[k] as number)))) / largest).toBeLessThan(2e-6);
    });
    tiled.dispose();
    plain.dispose();
  });

  test.each([7, 8, 64])("a table of rows of %d in several buffers gives what one in a single buffer gives", async (dim) => {
    const [rows, count] = [1500, 900];
    const split = await create({ blockBytes: 4096 * 4 });
    const naive = await createNaiveBackend();
    const outputs = await Promise.all(
      [split, naive].map(async (backend) => {
        const keep = (handle: object, shape: readonly number[], dtype: TensorRef["dtype"] = "float32"): TensorRef => ({
          handle,
          shape,
          dtype,
        });
        const tensor = (data: Float32Array | Int32Array, shape: readonly number[]): TensorRef => {
          const dtype = data instanceof Int32Array ? "int32" : "float32";
          const x = keep(backend.allocate(dtype, data.length), shape, dtype);
          backend.write(x, data, 0);
          return x;
        };
        const table = tensor(values(rows * dim), [rows, dim]);
        const ids = tensor(
          Int32Array.from({ length: count }, (_, i) => (i * 7919) % rows),
          [count],
        );
        const fewIds = tensor(
          Int32Array.from({ length: 60 }, (_, i) => (i * 7919) % rows),
          [60],
        );
        const offsets = tensor(Int32Array.of(0, 3, 3, 40, 60), [5]);
        const gathered = keep(backend.gather(table, ids), [count, dim]);
        // Whole rows, as a search takes them: past the end of a buffer.
        const cut = keep(
          backend.slice?.(table, [700, 0], [100, dim]) ??
            backend.gather(
              table,
              tensor(
                Int32Array.from({ length: 100 }, (_, i) => 700 + i),
                [100],
              ),
            ),
          [100, dim],
        );
        const bags = keep(backend.gatherReduce({ source: table, ids: fewIds, offsets, mode: "mean" }), [4, dim]);
        const slots = [tensor(values(rows * dim).map(Math.abs), [rows, dim]), tensor(values(rows * dim).map(Math.abs), [rows, dim])];
        const rule = { kind: "adam", decay: 0, stepSize: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-7, amsgrad: false } as const;
        const few = tensor(Int32Array.of(3, rows - 1, 700, 0), [4]);
        backend.update({ rule, target: table, slots, gradient: tensor(values(4 * dim), [4, dim]), ids: few });
        backend.scatter(table, tensor(Int32Array.of(rows - 2, 5), [2]), tensor(values(2 * dim), [2, dim]));
        const read = (x: TensorRef): Promise<ArrayLike<number>> =>
          backend.read(
            x,
            0,
            x.shape.reduce((size, extent) => size * extent, 1),
          );
        return Promise.all([gathered, cut, bags, table, ...slots].map(read));
      }),
    );
    expect(split.stats().splitTensors).toBeGreaterThan(0);
    outputs[0]?.forEach((output, i) => {
      const expected = outputs[1]?.[i] as ArrayLike<number>;
      for (let k = 0; k < expected.length; k++) expect(output[k]).toBeCloseTo(expected[k] as number, 4);
    });
    split.dispose();
  });

  test("a look at the GPU shows what the backend will run on, and sets no globals", async () => {
    const names = ["GPUBufferUsage", "GPUBuffer", "navigator"];
    const before = names.map((name) => name in globalThis);
    const seen = await examineWebGpu(testGpu);
    expect(names.map((name) => name in globalThis)).toEqual(before);
    const backend = await create();
    expect(seen).toEqual(backend.hardware);
    backend.dispose();
  });

  test("kernels are compiled beside other work, before the first call, and not a second time by it", async () => {
    const backend = await create({ precompile: true });
    await vi.waitFor(() => expect(backend.stats().pipelines).toBe(9), { timeout: 60_000 });
    expect(backend.stats().dispatches).toBe(0);
    const table = { handle: backend.allocate("float32", 40), shape: [10, 4], dtype: "float32" } as const;
    const ids = { handle: backend.allocate("int32", 2), shape: [2], dtype: "int32" } as const;
    backend.write(table, values(40), 0);
    backend.write(ids, Int32Array.of(3, 9), 0);
    const rows = { handle: backend.gather(table, ids), shape: [2, 4], dtype: "float32" } as const;
    expect(await backend.read(rows, 0, 8)).toEqual(Float32Array.of(...values(40).subarray(12, 16), ...values(40).subarray(36, 40)));
    expect(backend.stats().pipelines).toBe(9);
    backend.dispose();
    const lazy = await create({ precompile: false });
    expect(lazy.stats().pipelines).toBe(0);
    lazy.dispose();
  });

  test("what is ended says so, and a table that is too large has its sizes in the error", async () => {
    const backend = await create({ maximumTableBytes: 4000 });
    expect(() => backend.allocate("float32", 1001)).toThrow(OutOfMemoryError);
    backend.dispose();
    expect(() => backend.allocate("float32", 1)).toThrow(DisposedError);
  });

  test("memory that the device was not asked for, and has not, is an error of the next read", async () => {
    if (gpu.missing !== undefined) return;
    const backend = await create({ dawn: smallGpu(gpu.gpu, gpu.globals, 20 * 2 ** 20) });
    const length = 3 * 2 ** 20;
    const [first, second] = [backend.allocate("float32", length), backend.allocate("float32", length)];
    await expect(backend.read({ handle: second, shape: [length], dtype: "float32" }, 0, 4)).rejects.toThrow(OutOfMemoryError);
    expect(Array.from(await backend.read({ handle: first, shape: [length], dtype: "float32" }, 0, 2))).toEqual([0, 0]);
    backend.dispose();
  });

  test("such an error ends each read that is under way, and what these took comes back", async () => {
    if (gpu.missing !== undefined) return;
    const backend = await create({ dawn: smallGpu(gpu.gpu, gpu.globals, 20 * 2 ** 20) });
    const length = 3 * 2 ** 20;
    const [first, second] = [backend.allocate("float32", length), backend.allocate("float32", length)];
    const used = backend.stats().usedBytes;
    const reads = [first, first, second].map((handle) => backend.read({ handle, shape: [length], dtype: "float32" }, 0, length));
    for (const read of await Promise.allSettled(reads)) expect(read).toMatchObject({ reason: expect.any(OutOfMemoryError) as object });
    expect(backend.stats().usedBytes).toBe(used);
    backend.dispose();
  });
});
