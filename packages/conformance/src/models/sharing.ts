import { Dense, Embedding, Flatten, Layer, NDArray, Sequential, ops } from "@rowan/api";
import type { Backend, EmbeddingTable, PartialShape, RowLookup, SparseUpdate, Tensor } from "@rowan/api";
import { expect } from "vitest";
import type { ApiCase, ApiGroup } from "../suite/describe-groups.ts";
import { expectClose } from "../suite/tolerance.ts";
import { reviewModel, reviews, tellingTable } from "./samples.ts";

const { x, y } = reviews;

/** Two embeddings of the same ids: `first(ids) + 2 * second(ids)`. */
class Twins extends Layer {
  readonly className = "Twins";
  readonly #first: Embedding;
  readonly #second: Embedding;

  constructor(first: Embedding, second: Embedding) {
    super({ inputShape: [4] });
    this.#first = this.addLayer(first);
    this.#second = this.addLayer(second);
  }

  override get inputDType(): "int32" {
    return "int32";
  }

  call(inputs: Tensor): Tensor {
    return ops.add(this.#first.call(inputs), ops.multiply(this.#second.call(inputs), 2));
  }

  override rowLookups(inputs: Tensor): readonly RowLookup[] {
    return [...this.#first.rowLookups(inputs), ...this.#second.rowLookups(inputs)];
  }

  computeOutputShape(inputShape: PartialShape): PartialShape {
    return this.#first.computeOutputShape(inputShape);
  }
}

/** One embedding, three times its rows: what the twins compute when they share a table. */
class Triple extends Layer {
  readonly className = "Triple";
  readonly #only: Embedding;

  constructor(only: Embedding) {
    super({ inputShape: [4] });
    this.#only = this.addLayer(only);
  }

  override get inputDType(): "int32" {
    return "int32";
  }

  call(inputs: Tensor): Tensor {
    return ops.multiply(this.#only.call(inputs), 3);
  }

  override rowLookups(inputs: Tensor): readonly RowLookup[] {
    return this.#only.rowLookups(inputs);
  }

  computeOutputShape(inputShape: PartialShape): PartialShape {
    return this.#only.computeOutputShape(inputShape);
  }
}

function head(): readonly Layer[] {
  return [
    new Flatten(),
    new Dense({ units: 1, activation: "sigmoid", kernelInitializer: { className: "GlorotUniform", config: { seed: 2 } } }),
  ];
}

const sharedTable = (backend: Backend): EmbeddingTable => tellingTable(backend, 50, 4, 1 / 128);

/** Tables that several layers or models use, and weights that training leaves alone. */
export const sharing: ApiGroup = {
  name: "shared and frozen",
  cases: () => [
    twins("sgd", "exact"),
    twins("adam", "exact"),
    twins("adam", "dense"),
    twins("rmsprop", "lazy"),
    {
      name: "a table that two layers share counts, is saved and is set once",
      async run(backend) {
        const table = sharedTable(backend);
        const model = new Sequential([new Twins(new Embedding({ table }), new Embedding({ table })), ...head()], { backend });
        expect(model.countParams()).toBe(50 * 4 + 16 + 1);
        const weights = await model.getWeights();
        expect(weights.map(({ shape }) => shape)).toEqual([[50, 4], [16, 1], [1]]);
        await model.setWeights(weights);
        model.dispose();
      },
    },
    {
      name: "two models that share a table see each other's training",
      async run(backend) {
        const table = sharedTable(backend);
        const [a, b] = [0, 1].map(() => new Sequential([new Embedding({ table, inputLength: 4 })], { backend })) as [
          Sequential,
          Sequential,
        ];
        a.compile({ optimizer: "adam", loss: "mse" });
        const before = await b.predict(x, { verbose: 0 });
        await a.fit(x, new NDArray(new Float32Array(before.size).fill(1), before.shape), { epochs: 3, verbose: 0 });
        const [after, rows] = [await b.predict(x, { verbose: 0 }), await a.predict(x, { verbose: 0 })];
        expect(after.data).toEqual(rows.data);
        expect(after.data).not.toEqual(before.data);
        a.dispose();
        b.dispose();
      },
    },
    {
      name: "rows in training: predict, lookup and evaluate see them as getWeights does, and change nothing",
      async run(backend) {
        const model = reviewModel(backend, { optimizer: "adam" });
        const table = (model.layers[0] as Embedding).table;
        for (let step = 0; step < 20; step++) await model.trainOnBatch([[step % 3, 7, 0, 9]], [step % 2]);
        await model.trainOnBatch(x, y);
        for (let step = 0; step < 20; step++) await model.trainOnBatch([[step % 3, 7, 0, 9]], [step % 2]);
        const ids = Array.from({ length: 50 }, (_, id) => id);
        const found = await table.lookup(ids);
        const first = await model.predict(x, { verbose: 0 });
        await model.evaluate(x, y, { verbose: 0 });
        const [rows] = (await model.getWeights()) as [NDArray];
        expectClose(found.data, rows.data, { relative: 1e-6, absolute: 1e-7 }, "rows looked up");
        const again = await model.predict(x, { verbose: 0 });
        expectClose(again.data, first.data, { relative: 1e-6, absolute: 1e-7 }, "predictions");
        model.dispose();
      },
    },
    frozen("the embedding", (model) => [model.layers[0] as Layer]),
    frozen("the head", (model) => [model.layers[2] as Layer]),
    {
      name: "a layer that was frozen after some training stays bit for bit, and goes on when it is let go",
      async run(backend) {
        const model = reviewModel(backend, { optimizer: "adam" });
        const embedding = model.layers[0] as Layer;
        await model.fit(x.slice(0, 3), y.slice(0, 3), { epochs: 3, verbose: 0 });
        embedding.trainable = false;
        const [before] = (await embedding.getWeights()) as [NDArray];
        await model.fit(x, y, { epochs: 3, verbose: 0 });
        const [frozenRows] = (await embedding.getWeights()) as [NDArray];
        expect(frozenRows.data).toEqual(before.data);
        embedding.trainable = true;
        await model.fit(x, y, { epochs: 1, verbose: 0 });
        const [after] = (await embedding.getWeights()) as [NDArray];
        expect(after.data).not.toEqual(before.data);
        model.dispose();
      },
    },
  ],
};

/** Layers that are not trainable from the start. */
function frozen(name: string, choose: (model: Sequential) => readonly Layer[]): ApiCase {
  return {
    name: `${name}, frozen, stays bit for bit while the rest learns`,
    async run(backend) {
      const model = reviewModel(backend, { optimizer: "adam" });
      const still = choose(model);
      for (const layer of still) layer.trainable = false;
      const before = await Promise.all(model.layers.map((layer) => layer.getWeights()));
      await model.fit(x, y, { epochs: 5, batchSize: 3, verbose: 0 });
      const after = await Promise.all(model.layers.map((layer) => layer.getWeights()));
      for (const [index, layer] of model.layers.entries()) {
        const [is = [], was = []] = [after[index]?.map(({ data }) => data), before[index]?.map(({ data }) => data)];
        if (still.includes(layer)) expect(is).toEqual(was);
        else if (was.length > 0) expect(is).not.toEqual(was);
      }
      model.dispose();
    },
  };
}

/** Layers that share a table train it once a step, with the sum of their gradients. */
function twins(className: string, sparseUpdate: SparseUpdate): ApiCase {
  return {
    name: `a table that two layers share is updated once a step (${className}, ${sparseUpdate})`,
    async run(backend) {
      const weights: NDArray[][] = [];
      for (const isShared of [true, false]) {
        const table = sharedTable(backend);
        const first = isShared ? new Twins(new Embedding({ table }), new Embedding({ table })) : new Triple(new Embedding({ table }));
        const model = new Sequential([first, ...head()], { backend });
        model.compile({ optimizer: { className, config: { learningRate: 0.01, sparseUpdate } }, loss: "binaryCrossentropy" });
        await model.fit(x, y, { epochs: 4, batchSize: 3, shuffle: false, verbose: 0 });
        weights.push(await model.getWeights());
        model.dispose();
      }
      const [shared = [], alone = []] = weights;
      expect(shared.length).toBe(alone.length);
      shared.forEach((weight, index) => {
        expectClose(weight.data, alone[index]?.data ?? [], { relative: 1e-4, absolute: 1e-5 }, `weights ${index}`);
      });
    },
  };
}
