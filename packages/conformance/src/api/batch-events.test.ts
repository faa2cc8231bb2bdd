import { beforeEach, describe, expect, test } from "vitest";
import { Callback, EarlyStopping, LambdaCallback, setBackend } from "@rowan/api";
import type { BatchEvent, Capabilities, Logs, TensorRef, TypedArray } from "@rowan/api";
import { NaiveBackend } from "../naive/naive-backend.ts";
import { classifier, prepareDesk, x, y } from "./classifier.ts";

/** A backend whose results take time to come back, and how many were on their way at once. */
class LateBackend extends NaiveBackend {
  override readonly capabilities: Capabilities = { ...new NaiveBackend().capabilities, syncRead: false };
  readsAtOnce = 0;
  #reads = 0;

  override async read(source: TensorRef, offset: number, length: number): Promise<TypedArray> {
    // What is there at the time of the call, as on a GPU.
    const values = this.readSync(source, offset, length);
    this.readsAtOnce = Math.max(this.readsAtOnce, ++this.#reads);
    await new Promise(setImmediate);
    this.#reads--;
    return values;
  }
}

let backend: LateBackend;

beforeEach(async () => {
  await prepareDesk();
  setBackend((backend = new LateBackend()));
});

const four = { batchSize: 1, epochs: 2, verbose: 0 } as const;
const ignore = (): void => undefined;

/** Notes the events that it is told of. */
class Notes extends Callback {
  readonly seen: string[] = [];

  override onTrainBatchEnd(batch: number, logs: Logs): void {
    this.seen.push(`${batch} ${Object.keys(logs).join(" ")}`);
  }
}

/** Hands on what it is told, as Keras' CallbackList does. */
class Several extends Callback {
  readonly inner: readonly Callback[];
  readonly told: string[] = [];

  constructor(...inner: Callback[]) {
    super();
    this.inner = inner;
  }

  override watches(event: BatchEvent): boolean {
    return this.inner.some((callback) => callback.watches(event));
  }

  override async onTrainBatchBegin(batch: number): Promise<void> {
    this.told.push("begin");
    for (const callback of this.inner) await callback.onTrainBatchBegin(batch);
  }

  override async onTrainBatchEnd(batch: number, logs: Logs): Promise<void> {
    this.told.push("end");
    for (const callback of this.inner) await callback.onTrainBatchEnd(batch, logs);
  }
}

/** A lambda with a method of its own. */
class Loud extends LambdaCallback {
  override onTrainBatchEnd(batch: number, logs: Logs): void | Promise<void> {
    return super.onTrainBatchEnd(batch, logs);
  }
}

describe("batches overlap", () => {
  test.each<[string, () => Callback]>([
    ["with a lambda at the end of an epoch", () => new LambdaCallback({ onEpochEnd: ignore })],
    ["with a lambda at the batches of a validation", () => new LambdaCallback({ onTestBatchEnd: ignore })],
    ["with a callback of epochs", () => new EarlyStopping({ monitor: "loss" })],
    ["with a list of such callbacks", () => new Several(new LambdaCallback({ onTrainBegin: ignore }), new EarlyStopping())],
  ])("%s", async (_name, make) => {
    await classifier().fit(x, y, { ...four, callbacks: [make()] });
    expect(backend.readsAtOnce).toBe(2);
  });

  test("in a validation, where only the batches of training are watched", async () => {
    const model = classifier();
    let inValidation = 0;
    const callbacks = [
      new LambdaCallback({
        onTrainBatchEnd: () => {
          backend.readsAtOnce = 0;
        },
        onEpochEnd: () => {
          inValidation = backend.readsAtOnce;
        },
      }),
    ];
    await model.fit(x, y, { ...four, validationData: [x, y], callbacks });
    expect(inValidation).toBe(2);
  });
});

describe("batches come one after another", () => {
  test.each<[string, () => Callback]>([
    ["with a lambda before each", () => new LambdaCallback({ onTrainBatchBegin: ignore })],
    ["with a lambda after each", () => new LambdaCallback({ onTrainBatchEnd: ignore })],
    ["with a subclass of LambdaCallback", () => new Loud({})],
    ["with a callback that overrides the method", () => new Notes()],
    ["with a method put on the object", () => Object.assign(new EarlyStopping({ monitor: "loss" }), { onTrainBatchEnd: ignore })],
    ["with a list that has such a callback", () => new Several(new EarlyStopping({ monitor: "loss" }), new Notes())],
  ])("%s", async (_name, make) => {
    await classifier().fit(x, y, { ...four, callbacks: [make()] });
    expect(backend.readsAtOnce).toBe(1);
  });
});

test("who watches is told of every batch, and of no event but those that it watches", async () => {
  const [notes, silent] = [new Notes(), new Notes()];
  silent.watches = () => false;
  const list = new Several(notes);
  await classifier().fit(x, y, { ...four, callbacks: [list, silent] });
  const events = ["0 loss accuracy", "1 loss accuracy", "2 loss accuracy", "3 loss accuracy"];
  expect(notes.seen).toEqual([...events, ...events]);
  expect(list.told).toEqual(Array.from({ length: 8 }, () => "end"));
  expect(silent.seen).toEqual([]);
});
