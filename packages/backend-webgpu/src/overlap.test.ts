import { Adam, Dense, Embedding, EmbeddingTable, Flatten, NDArray, Sequential } from "@rowan/api";
import { describe, expect, test, vi } from "vitest";
import { createWebGpuBackend } from "./index.ts";
import type { WebGpuBackend } from "./index.ts";
import { findTestGpu } from "./testing/software-gpu.ts";

vi.setConfig({ testTimeout: 120_000 });

const gpu = await findTestGpu();
const options = gpu.missing === undefined ? gpu.options : {};
const create = (): Promise<WebGpuBackend> => createWebGpuBackend(options);

const [rows, width, batchSize, batches] = [500, 4, 16, 12];
const x = Array.from({ length: batchSize * batches }, (_, i) => Array.from({ length: width }, (__, k) => (i * 31 + k * 7) % rows));
const y = x.map((_, i) => i % 2);

function makeModel(backend: WebGpuBackend): Sequential {
  const model = new Sequential(
    [new Embedding({ inputDim: rows, outputDim: 8, inputLength: width }), new Flatten(), new Dense({ units: 1, activation: "sigmoid" })],
    { backend },
  );
  model.compile({ optimizer: new Adam(), loss: "binaryCrossentropy", metrics: ["accuracy"] });
  return model;
}

describe.skipIf(gpu.missing !== undefined)("work and waiting overlap", () => {
  test("successive lookups are all under way at once, with one submit each", async () => {
    const backend = await create();
    const table = EmbeddingTable.create({ inputDim: rows, outputDim: 8, backend });
    await table.lookup(Int32Array.of(1));
    const before = backend.stats();
    const ids = Array.from({ length: 6 }, (_, k) => Int32Array.from({ length: 40 }, (__, i) => (i * 13 + k) % rows));
    const all = await Promise.all(ids.map((list) => table.lookup(list)));
    const after = backend.stats();
    expect([after.submits - before.submits, after.reads - before.reads, after.readsAtOnce]).toEqual([6, 6, 6]);
    const one = await table.lookup(NDArray.from(Array.from(ids[4] ?? []), "int32"));
    expect(all[4]?.data).toEqual(one.data);
    backend.dispose();
  });

  test("a training step is one submit, and the next one starts while its loss comes back; no buffer is made after the first steps", async () => {
    const backend = await create();
    const model = makeModel(backend);
    await model.fit(x, y, { epochs: 3, batchSize, shuffle: false, verbose: 0 });
    const before = backend.stats();
    await model.fit(x, y, { epochs: 2, batchSize, shuffle: false, verbose: 0 });
    const after = backend.stats();
    expect(after.submits - before.submits).toBe(2 * batches);
    expect(after.reads - before.reads).toBe(2 * batches);
    expect(after.readsAtOnce).toBe(2);
    expect(after.pipelines).toBe(before.pipelines);
    expect(after.allocatedBytes).toBe(before.allocatedBytes);
    backend.dispose();
  });

  test("predictions and evaluations, too", async () => {
    const backend = await create();
    const model = makeModel(backend);
    await model.predict(x, { batchSize, verbose: 0 });
    expect(backend.stats().readsAtOnce).toBe(2);
    const whole = await model.predict(x, { batchSize: x.length, verbose: 0 });
    const parts = await model.predict(x, { batchSize, verbose: 0 });
    expect(parts.shape).toEqual(whole.shape);
    parts.data.forEach((value, i) => expect(value).toBeCloseTo(whole.data[i] as number, 6));
    backend.dispose();
  });

  test("who looks at each batch gets it before the next one starts", async () => {
    const backend = await create();
    const model = makeModel(backend);
    const order: string[] = [];
    const { Callback } = await import("@rowan/api");
    class Watcher extends Callback {
      override onTrainBatchBegin(batch: number): void {
        order.push(`begin ${batch}`);
      }

      override onTrainBatchEnd(batch: number): void {
        order.push(`end ${batch}`);
      }
    }
    await model.fit(x.slice(0, 48), y.slice(0, 48), { batchSize, verbose: 0, callbacks: [new Watcher()] });
    expect(order).toEqual(["begin 0", "end 0", "begin 1", "end 1", "begin 2", "end 2"]);
    expect(backend.stats().readsAtOnce).toBe(1);
    backend.dispose();
  });
});
