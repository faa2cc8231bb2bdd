import {
  Adam,
  Arena,
  Dense,
  Embedding,
  EmbeddingBag,
  GradientTape,
  InvalidArgumentError,
  L2,
  NDArray,
  RMSprop,
  SGD,
  Sequential,
  Tensor,
  UnsupportedOpError,
  ops,
  prepareRows,
} from "@rowan/api";
import type { Backend, EmbeddingBagOptions, Layer, Optimizer } from "@rowan/api";
import { expect } from "vitest";
import { createNaiveBackend } from "../naive/create-naive-backend.ts";
import type { ApiCase, ApiGroup } from "../suite/describe-groups.ts";
import { expectClose } from "../suite/tolerance.ts";
import { reviewModel, reviews, tellingTable } from "./samples.ts";

const { x, y } = reviews;

/** Where the table is, and where the rest of the model. */
interface Placement {
  readonly table: Backend;
  readonly model: Backend;
}

/** Tables that live on another backend than the rest of their model: the numbers are those of one backend alone. */
export const placement: ApiGroup = {
  name: "a table on a device of its own",
  cases: () => [
    trains("Adam", () => new Adam()),
    trains("lazy Adam, clipped by the norm of all gradients", () => new Adam({ sparseUpdate: "lazy", globalClipnorm: 0.1 })),
    trains("dense RMSprop", () => new RMSprop({ sparseUpdate: "dense" })),
    trains("momentum with decay and averages", () => new SGD({ momentum: 0.9, weightDecay: 0.01, useEma: true })),
    ...(["sum", "mean", "max", "sqrtn"] as const).map((mode) => trainsBags({ mode, paddingIdx: 0 })),
    {
      name: "rows that are behind are read as they are, and change nothing",
      run: (backend) =>
        bothWays(backend, async ({ table, model: home }) => {
          const model = reviewModel(home, { optimizer: "adam" }, { device: table });
          for (let step = 0; step < 20; step++) await model.trainOnBatch([[step % 3, 7, 0, 9]], [step % 2]);
          const first = await model.predict(x, { verbose: 0 });
          await model.evaluate(x, y, { verbose: 0 });
          const again = await model.predict(x, { verbose: 0 });
          expect(again.data).toEqual(first.data);
          const rows = await embeddingOf(model).table.lookup(x.flat());
          const settled = (await model.getWeights())[0] as NDArray;
          const wanted = x.flat().flatMap((id) => Array.from(settled.data.subarray(8 * id, 8 * id + 8)));
          expectClose(rows.data, wanted, { relative: 1e-6, absolute: 1e-7 }, "rows looked up");
          model.dispose();
        }),
    },
    {
      name: "quantized rows, frozen, feed a head that learns",
      run: (backend) =>
        bothWays(backend, async ({ table, model: home }) => {
          const model = reviewModel(home, { optimizer: "adam" }, { device: table });
          await model.predict(x, { verbose: 0 });
          const embedding = embeddingOf(model);
          await embedding.quantize("int8");
          embedding.trainable = false;
          const before = await embedding.table.lookup([1, 2, 3]);
          const history = await model.fit(x, y, { epochs: 30, verbose: 0 });
          const losses = history.history["loss"] ?? [];
          expect(losses.at(-1)).toBeLessThan(losses[0] as number);
          expect((await embedding.table.lookup([1, 2, 3])).data).toEqual(before.data);
          expect(embedding.table.backend).toBe(table);
          model.dispose();
        }),
    },
    {
      name: "a table that exists on that backend is taken as it is, in two layers",
      run: (backend) =>
        bothWays(backend, async ({ table, model: home }) => {
          const shared = tellingTable(table, 50, 8, 1 / 128);
          const model = reviewModel(home, { optimizer: "sgd" }, { table: shared, device: table });
          const twin = reviewModel(home, { optimizer: "sgd" }, { table: shared });
          const before = await twin.predict(x, { verbose: 0 });
          await model.fit(x, y, { epochs: 2, verbose: 0 });
          expect((await twin.predict(x, { verbose: 0 })).data).not.toEqual(before.data);
          expect(shared.backend).toBe(table);
          expect(model.backend).toBe(home);
          model.dispose();
          twin.dispose();
        }),
    },
    {
      name: "a layer is told its device after it was made, until its rows are somewhere",
      run: (backend) =>
        bothWays(backend, async ({ table, model: home }) => {
          const model = reviewModel(home);
          const embedding = embeddingOf(model);
          embedding.device = table;
          await model.predict(x, { verbose: 0 });
          expect(embedding.table.backend).toBe(table);
          expect(embedding.device).toBe(table);
          expect(() => {
            embedding.device = home;
          }).toThrow(InvalidArgumentError);
          expect(embedding.getConfig()).not.toHaveProperty("device");
          model.dispose();
        }),
    },
    {
      name: "what needs the whole table in the middle of a step is an error that changes nothing",
      run: (backend) =>
        bothWays(backend, async ({ table, model: home }) => {
          const model = reviewModel(home, {}, { device: table, embeddingsRegularizer: new L2(0.01) });
          const before = await model.getWeights();
          await expect(model.fit(x, y, { verbose: 0 })).rejects.toThrow(UnsupportedOpError);
          expect((await model.getWeights()).map(({ data }) => data)).toEqual(before.map(({ data }) => data));
          model.dispose();
        }),
    },
    {
      name: "a loop of one's own prepares its rows, and is told so where it does not",
      run: (backend) =>
        bothWays(backend, async (where) => {
          await ownLoop(where);
        }),
    },
  ],
};

async function ownLoop({ table, model: home }: Placement): Promise<void> {
  const layer = new Embedding({ inputDim: 50, outputDim: 8, device: table });
  layer.ensureBuilt([null, 4]);
  const optimizer = new SGD({ learningRate: 1 });
  const arena = new Arena();
  const ids = arena.run(() => Tensor.fromHost(NDArray.from([[1, 2, 1, 0]], "int32"), home));
  const before = await layer.table.read();
  expect(() => arena.run(() => layer.apply(ids))).toThrow(UnsupportedOpError);
  await prepareRows(layer.rowLookups(ids), { training: true, arena });
  await arena.run(async () => {
    const tape = new GradientTape();
    const loss = tape.record(() => ops.sum(layer.apply(ids).output));
    await optimizer.apply(tape.gradient(loss, layer.trainableVariables), layer.trainableVariables);
  });
  const after = await layer.table.read();
  const moved = Array.from({ length: 4 }, (_, id) => (after.data[8 * id] as number) - (before.data[8 * id] as number));
  expectClose(moved, [-1, -2, -1, 0], { relative: 0, absolute: 1e-6 }, "how rows moved");
  arena.release();
  optimizer.dispose();
  layer.dispose();
}

/** The table beside this backend, and this backend beside the table. What the other one lends comes back. */
async function bothWays(backend: Backend, run: (where: Placement) => Promise<void>): Promise<void> {
  for (const isTable of [false, true]) {
    const other = await createNaiveBackend();
    await run(isTable ? { table: backend, model: other } : { table: other, model: backend });
    expect(other.memory().buffers).toBe(0);
    other.dispose();
  }
}

function embeddingOf(model: Sequential): Embedding {
  return model.layers[0] as Embedding;
}

function trains(name: string, optimizer: () => Optimizer): ApiCase {
  return sameAsAlone(name, ({ table, model }) =>
    reviewModel(model, { optimizer: optimizer() }, { ...(table !== model && { device: table }) }),
  );
}

function trainsBags(options: Pick<EmbeddingBagOptions, "mode" | "paddingIdx">): ApiCase {
  return sameAsAlone(`bags, ${options.mode ?? ""}`, ({ table, model: backend }) => {
    const layers: Layer[] = [
      new EmbeddingBag({
        inputDim: 50,
        outputDim: 8,
        inputLength: 4,
        embeddingsInitializer: { className: "RandomUniform", config: { seed: 1 } },
        ...options,
        ...(table !== backend && { device: table }),
      }),
      new Dense({ units: 1, activation: "sigmoid", kernelInitializer: { className: "GlorotUniform", config: { seed: 2 } } }),
    ];
    const model = new Sequential(layers, { backend });
    model.compile({ optimizer: "adam", loss: "binaryCrossentropy", metrics: ["accuracy"] });
    return model;
  });
}

/** Losses, predictions and weights are those of the backend alone. */
function sameAsAlone(name: string, make: (where: Placement) => Sequential): ApiCase {
  return {
    name: `trains as on one backend: ${name}`,
    async run(backend) {
      const wanted = await trained(make({ table: backend, model: backend }));
      await bothWays(backend, async (where) => {
        const found = await trained(make(where));
        found.forEach((values, index) => {
          expectClose(values, wanted[index] ?? [], { relative: 1e-4, absolute: 1e-5 }, `result ${index}`);
        });
        expect(found.length).toBe(wanted.length);
      });
    },
  };
}

async function trained(model: Sequential): Promise<ArrayLike<number>[]> {
  const history = await model.fit(x, y, { epochs: 4, batchSize: 3, shuffle: false, validationSplit: 0.2, verbose: 0 });
  const predictions = await model.predict(x, { verbose: 0 });
  const weights = await model.getWeights();
  model.dispose();
  return [...Object.values(history.history), predictions.data, ...weights.map(({ data }) => data)];
}
