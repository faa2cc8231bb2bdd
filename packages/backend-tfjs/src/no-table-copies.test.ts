import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { Dense, Embedding, Flatten, Sequential } from "@rowan/api";
import type { Backend } from "@rowan/api";
import { expect, test, vi } from "vitest";
import { createTfjsBackend } from "./index.ts";
import { loadBinding } from "./native/load-binding.ts";
import { createNativeBackend } from "./native/native-backend.ts";
import { hasNativeEngine } from "./testing/native-engine.ts";
import { wrapBinding } from "./testing/wrap-binding.ts";

vi.setConfig({ testTimeout: 60_000 });

const [rows, dim] = [250_000, 64];
const tableBytes = rows * dim * 4;
const optimizers = ["adam", "rmsprop", "adagrad", "sgd"];
const engines = ["cpu", "wasm", ...(hasNativeEngine() ? (["node"] as const) : [])] as const;

/** The same ids each time: the first touch of a row takes memory for its moments. */
const ids = Array.from({ length: 32 }, (_, sample) => Array.from({ length: 20 }, (_, i) => (sample * 7919 + i * 104_729) % rows));
const targets = ids.map((_, i) => i % 2);

async function modelOn(backend: Backend, optimizer: string): Promise<{ model: Sequential; step: () => Promise<void> }> {
  const model = new Sequential(
    [
      new Embedding({ inputDim: rows, outputDim: dim, inputLength: 20, embeddingsInitializer: "zeros" }),
      new Flatten(),
      new Dense({ units: 1 }),
    ],
    { backend },
  );
  model.compile({ optimizer, loss: "mse" });
  const step = async (): Promise<void> => {
    await model.trainOnBatch(ids, targets);
  };
  for (let i = 0; i < 3; i++) await step();
  return { model, step };
}

/** The most memory that the process has had since the last call of `work` began, above what it had then, in bytes. */
async function peakOf(work: () => unknown): Promise<number> {
  // Linux forgets the peak when it is told to.
  writeFileSync("/proc/self/clear_refs", "5");
  const before = statusOf("VmRSS");
  await work();
  return statusOf("VmHWM") - before;
}

function statusOf(field: string): number {
  const line = new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(readFileSync("/proc/self/status", "utf8"));
  return Number(line?.[1]) * 1024;
}

test.runIf(existsSync("/proc/self/clear_refs")).each(engines)(
  "%s: steps on a large table never take the memory of another table, in the process's own count",
  async (engine) => {
    const backend = await createTfjsBackend({ engine });
    const { model, step } = await modelOn(backend, "adam");
    const peak = await peakOf(async () => {
      for (let i = 0; i < 5; i++) await step();
    });
    expect(peak).toBeLessThan(tableBytes / 4);
    // The count would see it: here is one more table.
    const another = await peakOf(() =>
      backend.fill?.({ handle: backend.allocate("float32", rows * dim), shape: [rows, dim], dtype: "float32" }, 1),
    );
    expect(another).toBeGreaterThan(tableBytes / 2);
    model.dispose();
    backend.dispose();
  },
);

/** Every result of an operation, and every tensor from the host: elements. */
function listening(): { backend: Backend; largest: () => number; operations: () => ReadonlySet<string> } {
  const binding = loadBinding();
  let largest = 0;
  let operations = new Set<string>();
  const note = (shape: readonly number[]): void => {
    largest = Math.max(
      largest,
      shape.reduce((product, extent) => product * extent, 1),
    );
  };
  const watched = wrapBinding(binding, {
    executeOp: (...args) => {
      const results = binding.executeOp(...args);
      operations.add(args[0]);
      for (const { shape } of results) note(shape);
      return results;
    },
    createTensor: (...args) => {
      note(args[0]);
      return binding.createTensor(...args);
    },
  });
  return {
    backend: createNativeBackend(watched),
    largest: () => {
      const found = largest;
      largest = 0;
      return found;
    },
    operations: () => {
      const found = operations;
      operations = new Set();
      return found;
    },
  };
}

test.runIf(hasNativeEngine()).each(optimizers)(
  "node: no operation of a step of %s gives anything of the table's size",
  async (optimizer) => {
    const { backend, largest, operations } = listening();
    const { model, step } = await modelOn(backend, optimizer);
    largest();
    operations();
    await step();
    // 640 looked-up rows are the most that a step may hold at once.
    expect(largest()).toBeLessThanOrEqual(640 * dim);
    const names = operations();
    expect(names).toContain("ResourceGather");
    expect(names).toContain("ResourceScatterUpdate");
    expect(names).not.toContain("ReadVariableOp");
    model.dispose();
    backend.dispose();
  },
);
