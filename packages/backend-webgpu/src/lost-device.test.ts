import { Adam, Dense, Embedding, Flatten, NDArray, SGD, Sequential, setRandomSeed } from "@rowan/api";
import type { Backend, Optimizer } from "@rowan/api";
import { describe, expect, test, vi } from "vitest";
import { createWebGpuBackend, DeviceLostError } from "./index.ts";
import type { WebGpuBackend, WebGpuBackendOptions } from "./index.ts";
import { findTestGpu } from "./testing/software-gpu.ts";

vi.setConfig({ testTimeout: 120_000 });

const gpu = await findTestGpu();
const create = (options: WebGpuBackendOptions = {}): Promise<WebGpuBackend> =>
  createWebGpuBackend({ ...options, ...(gpu.missing === undefined && gpu.options) });

const rows = 400;
const x = Array.from({ length: 32 }, (_, i) => [(i * 13) % rows, (i * 7) % rows]);
const y = x.map((_, i) => i % 2);
const options = { batchSize: 8, shuffle: false, verbose: 0 } as const;

function build(backend: Backend, optimizer: Optimizer): Sequential {
  const model = new Sequential(
    [new Embedding({ inputDim: rows, outputDim: 4, inputLength: 2 }), new Flatten(), new Dense({ units: 1, activation: "sigmoid" })],
    { backend },
  );
  model.compile({ optimizer, loss: "binaryCrossentropy" });
  return model;
}

/** Everything that a training goes on from, on the host. */
interface Copy {
  readonly weights: NDArray[];
  readonly slots: NDArray[][];
  readonly iterations: number;
}

async function copyOf(model: Sequential, optimizer: Optimizer): Promise<Copy> {
  const slots = await Promise.all(
    model.trainableVariables.map((variable) => Promise.all((optimizer.stateOf(variable)?.slots ?? []).map(({ tensor }) => tensor.read()))),
  );
  return { weights: await model.getWeights(), slots, iterations: optimizer.iterations };
}

async function moveTo(backend: Backend, { weights, slots, iterations }: Copy): Promise<Sequential> {
  const optimizer = new Adam({ learningRate: 0.05 });
  const model = build(backend, optimizer);
  await model.setWeights(weights);
  model.trainableVariables.forEach((variable, i) => {
    variable.materialize(backend);
    optimizer.makeState(variable).slots.forEach(({ tensor }, k) => backend.write(tensor, (slots[i]?.[k] as NDArray).data, 0));
  });
  optimizer.iterations = iterations;
  return model;
}

describe.skipIf(gpu.missing !== undefined)("a lost device", () => {
  test("is a named error, also for a training on its way, and the model goes on from the host's copy on a new one", async () => {
    setRandomSeed(5);
    const backend = await create();
    const model = build(backend, new SGD({ learningRate: 0.5 }));
    await model.fit(x, y, { ...options, epochs: 2 });
    const copy = await model.getWeights();
    const goingOn = model.fit(x, y, { ...options, epochs: 1000 });
    await model.predict([[1, 2]], { verbose: 0 }).catch(() => undefined);
    backend.loseDevice();
    await expect(goingOn).rejects.toThrow(DeviceLostError);
    await expect(model.getWeights()).rejects.toThrow(DeviceLostError);
    expect(backend.isLost).toBe(true);
    expect(() => backend.allocate("float32", 1)).toThrow(/createWebGpuBackend\(\).* copy on the host/);
    backend.dispose();

    const again = await create();
    const moved = build(again, new SGD({ learningRate: 0.5 }));
    await moved.setWeights(copy);
    const after = await moved.fit(x, y, { ...options, epochs: 3 });
    const undisturbed = await create();
    const reference = build(undisturbed, new SGD({ learningRate: 0.5 }));
    await reference.setWeights(copy);
    const expected = await reference.fit(x, y, { ...options, epochs: 3 });
    expect(after.history["loss"]).toEqual(expected.history["loss"]);
    expect(await moved.getWeights()).toEqual(await reference.getWeights());
    expect(after.history["loss"]?.[2]).toBeLessThan(after.history["loss"]?.[0] as number);
    again.dispose();
    undisturbed.dispose();
  });

  test.each([
    { name: "a table on the device", limits: {} },
    { name: "a table on the host", limits: { memoryBytes: 2 ** 12 } },
  ])("takes the moments of Adam along, and they come back from the host's copy: $name", async ({ limits }) => {
    setRandomSeed(7);
    const undisturbed = await create(limits);
    const optimizer = new Adam({ learningRate: 0.05 });
    const reference = build(undisturbed, optimizer);
    await reference.fit(x, y, { ...options, epochs: 2 });
    const copy = await copyOf(reference, optimizer);
    const first = await create(limits);
    const disturbed = await moveTo(first, copy);
    await disturbed.fit(x, y, { ...options, epochs: 1 });
    first.loseDevice();
    await expect(disturbed.getWeights()).rejects.toThrow(DeviceLostError);
    first.dispose();

    const again = await create(limits);
    const moved = await moveTo(again, copy);
    const after = await moved.fit(x, y, { ...options, epochs: 3 });
    const expected = await reference.fit(x, y, { ...options, epochs: 3 });
    expect(again.stats().hostedTensors).toBe("memoryBytes" in limits ? 3 : 0);
    expect(after.history["loss"]).toEqual(expected.history["loss"]);
    expect(await moved.getWeights()).toEqual(await reference.getWeights());

    // Without the moments it would be another training.
    const forgetful = await moveTo(again, { ...copy, slots: copy.slots.map((list) => list.map(({ shape }) => NDArray.zeros(shape))) });
    const other = await forgetful.fit(x, y, { ...options, epochs: 3 });
    expect(other.history["loss"]).not.toEqual(expected.history["loss"]);
    again.dispose();
    undisturbed.dispose();
  });

  test("its values come back from a copy on the host on a new one", async () => {
    const backend = await create();
    const tensor = { handle: backend.allocate("float32", 3), shape: [3], dtype: "float32" } as const;
    backend.write(tensor, Float32Array.of(1, 2, 3), 0);
    const copy = await backend.read(tensor, 0, 3);
    backend.loseDevice();
    await expect(backend.read(tensor, 0, 3)).rejects.toThrow(DeviceLostError);
    expect(backend.isLost).toBe(true);
    expect(() => backend.allocate("float32", 1)).toThrow(DeviceLostError);
    backend.dispose();
    const again = await create();
    const moved = { handle: again.allocate("float32", 3), shape: [3], dtype: "float32" } as const;
    again.write(moved, copy, 0);
    expect(await again.read(moved, 0, 3)).toEqual(Float32Array.of(1, 2, 3));
    again.dispose();
  });
});
