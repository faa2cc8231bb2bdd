import { Adam, Dense, Embedding, EmbeddingTable, GlobalAveragePooling1D, Sequential, setRandomSeed } from "@rowan/api";
import { describe, expect, test, vi } from "vitest";
import { createWebGpuBackend } from "./index.ts";
import type { WebGpuBackend } from "./index.ts";
import { smallGpu } from "./testing/small-gpu.ts";
import { findTestGpu } from "./testing/software-gpu.ts";

vi.setConfig({ testTimeout: 120_000 });

const gpu = await findTestGpu();
const mebibyte = 2 ** 20;
/** Two of these tables are more than the device has. */
const [rows, dim, memory] = [70_000, 64, 30 * mebibyte];
const tableBytes = rows * dim * 4;

async function create(bytes: number): Promise<WebGpuBackend> {
  if (gpu.missing !== undefined) throw new Error(gpu.missing);
  return createWebGpuBackend({ dawn: smallGpu(gpu.gpu, gpu.globals, bytes) });
}

function table(backend: WebGpuBackend, seed: number): EmbeddingTable {
  return EmbeddingTable.create({ inputDim: rows, outputDim: dim, seed, backend });
}

describe.skipIf(gpu.missing !== undefined)("a device that is full", () => {
  test("keeps tables that fit, and leaves the next one to the host by itself", async () => {
    const [backend, plenty] = [await create(memory), await create(200 * mebibyte)];
    const ids = Int32Array.of(0, 69_999, 5, 5, 40_000);
    for (const seed of [1, 2]) {
      const [mine, other] = [table(backend, seed), table(plenty, seed)];
      expect((await mine.lookup(ids)).data).toEqual((await other.lookup(ids)).data);
      const fresh = new Float32Array(2 * dim).fill(seed);
      await mine.setRows([7, 69_998], fresh);
      expect((await mine.lookup([69_998, 7, 8])).data.slice(0, 2 * dim)).toEqual(fresh);
    }
    expect(backend.stats()).toMatchObject({ hostedTensors: 1, hostedBytes: tableBytes });
    expect(backend.stats().cacheBytes).toBeGreaterThan(0);
    expect(plenty.stats()).toMatchObject({ hostedTensors: 0, hostedBytes: 0 });
    backend.dispose();
    plenty.dispose();
  });

  test("gives its idle buffers up before that", async () => {
    const backend = await create(memory);
    const idle = Array.from({ length: 3 }, () => backend.allocate("float32", 2 * mebibyte + 7));
    for (const handle of idle) backend.free(handle);
    expect(backend.stats().allocatedBytes).toBeGreaterThan(memory - tableBytes);
    const one = table(backend, 1);
    await one.lookup([1]);
    expect(backend.stats().hostedTensors).toBe(0);
    expect(backend.stats().allocatedBytes).toBeLessThan(memory);
    backend.dispose();
  });

  test("trains with the optimizer's state on the host, to the same numbers", async () => {
    const x = Array.from({ length: 48 }, (_, i) => Array.from({ length: 5 }, (__, k) => (i * 7919 + k * 104_729) % rows));
    const y = x.map((_, i) => i % 2);
    const learn = async (backend: WebGpuBackend): Promise<{ loss: number[]; predictions: number[] }> => {
      setRandomSeed(3);
      const model = new Sequential(
        [
          new Embedding({ inputDim: rows, outputDim: dim, inputLength: 5 }),
          new GlobalAveragePooling1D(),
          new Dense({ units: 1, activation: "sigmoid" }),
        ],
        { backend },
      );
      model.compile({ optimizer: new Adam({ learningRate: 0.01 }), loss: "binaryCrossentropy" });
      const history = await model.fit(x, y, { epochs: 2, batchSize: 16, verbose: 0 });
      const predictions = await model.predict(x, { verbose: 0 });
      return { loss: history.history["loss"] ?? [], predictions: Array.from(predictions.data) };
    };
    const [backend, plenty] = [await create(memory), await create(200 * mebibyte)];
    const [mine, other] = [await learn(backend), await learn(plenty)];
    expect(backend.stats().hostedTensors).toBe(2);
    expect(plenty.stats().hostedTensors).toBe(0);
    mine.loss.forEach((value, i) => expect(value).toBeCloseTo(other.loss[i] as number, 6));
    mine.predictions.forEach((value, i) => expect(value).toBeCloseTo(other.predictions[i] as number, 6));
    backend.dispose();
    plenty.dispose();
  });

  test("what is called before it has answered is done in its order", async () => {
    const backend = await create(20 * mebibyte);
    for (const length of [dim * rows, 2 * dim * rows]) {
      const whole = {
        handle: backend.allocateRows?.("float32", [length / dim, dim]) as object,
        shape: [length / dim, dim],
        dtype: "float32",
      } as const;
      const data = new Float32Array(dim).fill(1);
      backend.write(whole, data, dim);
      const ids = { handle: backend.allocate("int32", 2), shape: [2], dtype: "int32" } as const;
      backend.write(ids, Int32Array.of(1, 2), 0);
      const before = { handle: backend.gather(whole, ids), shape: [2, dim], dtype: "float32" } as const;
      backend.write(whole, data.fill(2), 2 * dim);
      data.fill(9);
      const after = { handle: backend.gather(whole, ids), shape: [2, dim], dtype: "float32" } as const;
      const lists = [await backend.read(before, 0, 2 * dim), await backend.read(after, 0, 2 * dim)];
      expect(lists.map((list) => [list[0], list[dim]])).toEqual([
        [1, 0],
        [1, 2],
      ]);
      for (const { handle } of [whole, ids, before, after]) backend.free(handle);
    }
    expect(backend.memory()).toEqual({ buffers: 0, bytes: 0 });
    await vi.waitFor(() => expect(backend.stats().usedBytes).toBe(0));
    backend.dispose();
  });
});
