import { Adam, AdamW, Dense, Embedding, Flatten, MaxNorm, Sequential, setRandomSeed } from "@rowan/api";
import type { Backend, EmbeddingTable, NDArray, Optimizer } from "@rowan/api";
import { expect } from "vitest";
import { expectClose } from "../suite/tolerance.ts";
import type { ApiCase, ApiGroup } from "../suite/describe-groups.ts";
import { Stage, idsOf, push, trained } from "./stage.ts";

const all = Array.from({ length: 24 }, (_, id) => id);

const looks: Record<string, (table: EmbeddingTable) => Promise<unknown>> = {
  lookup: (table) =>
    table.lookup([
      [11, 0, 13],
      [11, 22, 5],
    ]),
  "lookup into memory of one's own": (table) => table.lookup([11, 13], { out: new Float32Array(6) }),
  "sums of bags": (table) => table.lookupBags({ ids: [[1, 11], [], [13]], mode: "sum" }),
  "weighted means of bags": (table) => table.lookupBags({ ids: [11, 13, 2], offsets: [0, 1], weights: [1, 2, 3], mode: "mean" }),
  "largest values of bags": (table) =>
    table.lookupBags({
      ids: [
        [1, 11],
        [13, 22],
      ],
      mode: "max",
    }),
  "neighbours of a row": (table) => table.mostSimilar(11, { k: 3 }),
  "neighbours of a vector": (table) => table.mostSimilar([0.1, 0.2, 0.3], { k: 3, metric: "euclidean" }),
};

const optimizers: Record<string, () => Optimizer> = {
  Adam: () => new Adam({ learningRate: 0.01 }),
  AdamW: () => new AdamW({ learningRate: 0.01, weightDecay: 0.1 }),
  "Adam, replayed": () => new Adam({ learningRate: 0.01, beta2: 0.9 }),
};

async function trainAndLook(backend: Backend, optimizer: Optimizer, look?: (table: EmbeddingTable) => Promise<unknown>): Promise<NDArray> {
  const stage = new Stage(backend, "exact");
  try {
    const table = stage.table(24);
    stage.own(optimizer);
    for (let step = 0; step < 40; step++) {
      await push(optimizer, step, { table, ids: idsOf(step) });
      await look?.(table);
    }
    return await table.read();
  } finally {
    stage.end();
  }
}

const changesNothing = Object.entries(optimizers).flatMap(([name, make]) =>
  Object.entries(looks).map(([look, run]): ApiCase => ({
    name: `${look} changes nothing, not even a bit (${name})`,
    async run(backend) {
      const looked = await trainAndLook(backend, make(), run);
      const left = await trainAndLook(backend, make());
      expect(Array.from(looked.data)).toEqual(Array.from(left.data));
    },
  })),
);

const seesNow: ApiCase = {
  name: "every look sees rows as they are now",
  async run(backend) {
    const [exact, dense] = [new Stage(backend, "exact"), new Stage(backend, "dense")];
    try {
      const runs = [exact, dense].map((stage) => ({
        table: stage.table(24),
        optimizer: stage.optimizer((sparseUpdate) => new AdamW({ sparseUpdate, learningRate: 0.01, weightDecay: 0.1 })),
      }));
      for (let step = 0; step < 40; step++) {
        for (const { table, optimizer } of runs) await push(optimizer, step, { table, ids: idsOf(step) });
        const [seen, expected] = await Promise.all(runs.map(({ table }) => table.lookup(all)));
        expectClose(seen?.data ?? [], expected?.data ?? [], trained, "rows");
        const [bags, denseBags] = await Promise.all(runs.map(({ table }) => table.lookupBags({ ids: [[11, 13, 0], [22]], mode: "sum" })));
        expectClose(bags?.data ?? [], denseBags?.data ?? [], trained, "bags");
        const [near, denseNear] = await Promise.all(runs.map(({ table }) => table.mostSimilar(11, { k: 5 })));
        expect(near?.map(({ id }) => id)).toEqual(denseNear?.map(({ id }) => id));
      }
    } finally {
      exact.end();
      dense.end();
    }
  },
};

/** Trains one model, and looks at it in between or not. */
async function trainModel(backend: Backend, look: boolean, constrained: boolean): Promise<readonly NDArray[]> {
  setRandomSeed(3);
  const embedding = new Embedding({
    inputDim: 20,
    outputDim: 3,
    inputLength: 6,
    ...(constrained && { embeddingsConstraint: new MaxNorm({ maxValue: 0.05, axis: 1 }) }),
  });
  const model = new Sequential([embedding, new Flatten(), new Dense({ units: 1 })], { backend });
  const optimizer = new Adam({ learningRate: 0.01 });
  try {
    model.compile({ optimizer, loss: "mse" });
    for (let step = 0; step < 30; step++) {
      await model.trainOnBatch([idsOf(step)], [[Math.sin(step)]]);
      if (!look) continue;
      await model.predict([[0, 1, 2, 3, 11, 13]], { verbose: 0 });
      await model.evaluate([[0, 1, 2, 3, 11, 13]], [[1]], { verbose: 0 });
    }
    return await model.getWeights();
  } finally {
    model.dispose();
    optimizer.dispose();
  }
}

const evaluates = [false, true].map((constrained): ApiCase => ({
  name: `predict and evaluate change nothing, not even a bit${constrained ? ", with a constraint" : ""}`,
  async run(backend) {
    const looked = await trainModel(backend, true, constrained);
    const left = await trainModel(backend, false, constrained);
    looked.forEach((values, i) => {
      expect(Array.from(values.data)).toEqual(Array.from(left[i]?.data ?? []));
    });
  },
}));

/** What looks at a table between steps reads through to what rows would be, and writes nothing. */
export const reading: ApiGroup = { name: "reading between steps", cases: () => [...changesNothing, seesNow, ...evaluates] };
