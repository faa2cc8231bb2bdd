import {
  Adam,
  AdamW,
  Dense,
  Embedding,
  Flatten,
  L2,
  MaxNorm,
  MinMaxNorm,
  NonNeg,
  SGD,
  Sequential,
  UnitNorm,
  setRandomSeed,
  setWarningHandler,
} from "@rowan/api";
import type { Backend, Constraint, NDArray, Optimizer, Regularizer, SparseUpdate } from "@rowan/api";
import { expect } from "vitest";
import type { ApiCase, ApiGroup } from "../suite/describe-groups.ts";
import { gradientAt, idsOf, push, pushMany, sameAsDense } from "./stage.ts";
import type { MakeOptimizer } from "./stage.ts";

const clips: Record<string, MakeOptimizer> = {
  clipvalue: (sparseUpdate) => new Adam({ sparseUpdate, learningRate: 0.005, clipvalue: 1e-3 }),
  clipnorm: (sparseUpdate) => new SGD({ sparseUpdate, learningRate: 0.05, momentum: 0.9, clipnorm: 0.1 }),
  globalClipnorm: (sparseUpdate) => new SGD({ sparseUpdate, learningRate: 0.05, momentum: 0.9, globalClipnorm: 0.1 }),
};

/** A norm over two tables, which decide each other's gradients. */
const clipping = Object.entries(clips).map(([name, make]) =>
  sameAsDense(name, async (stage) => {
    const [table, other] = [stage.table(24), stage.table(7, 4)];
    const optimizer = stage.optimizer(make);
    for (let step = 0; step < 120; step++) {
      await push(optimizer, step, { table, ids: idsOf(step) }, { table: other, ids: [step % 5, 2] });
    }
    return [await table.read(), await other.read()];
  }),
);

const rateInMidRun = sameAsDense("another learning rate in mid-run", async (stage) => {
  const table = stage.table(24);
  const optimizer = stage.optimizer((sparseUpdate) => new Adam({ sparseUpdate, learningRate: 0.01 }));
  for (const [index, rate] of [0.01, 1e-4, 0, 0.02, 0.003].entries()) {
    optimizer.learningRate = rate;
    await pushMany(table, optimizer, 37 * index, 37 * (index + 1));
  }
  optimizer.learningRate = { call: (step) => 1e-3 * (step % 7) };
  await pushMany(table, optimizer, 185, 220);
  return [await table.read()];
});

const rowConstraints: Record<string, Constraint> = {
  "MaxNorm by row": new MaxNorm({ maxValue: 0.06, axis: 1 }),
  "UnitNorm by row": new UnitNorm({ axis: 1 }),
  NonNeg: new NonNeg(),
  "MinMaxNorm by row": new MinMaxNorm({ minValue: 0.05, maxValue: 0.07, rate: 0.5, axis: 1 }),
};

interface ModelOptions {
  readonly embeddingsConstraint?: Constraint;
  readonly embeddingsRegularizer?: Regularizer;
}

/** Trains a model and returns its table and the warnings that it caused. */
async function trainModel(optimizer: Optimizer, backend: Backend, options: ModelOptions): Promise<{ rows: NDArray; warnings: string[] }> {
  setRandomSeed(3);
  const warnings: string[] = [];
  setWarningHandler((message) => warnings.push(message));
  const embedding = new Embedding({ inputDim: 20, outputDim: 3, inputLength: 6, ...options });
  const model = new Sequential([embedding, new Flatten(), new Dense({ units: 1 })], { backend });
  try {
    model.compile({ optimizer, loss: "mse" });
    for (let step = 0; step < 60; step++) await model.trainOnBatch([idsOf(step)], [[Math.sin(step)]]);
    const [rows] = await embedding.getWeights();
    return { rows: rows as NDArray, warnings };
  } finally {
    model.dispose();
    optimizer.dispose();
  }
}

/** What replays or sweeps does the very operations of a dense run, so nothing may differ. */
function bitForBit(name: string, make: MakeOptimizer, options: ModelOptions, warned: readonly string[]): ApiCase {
  return {
    name,
    async run(backend) {
      const dense = await trainModel(make("dense"), backend, options);
      const exact = await trainModel(make("exact"), backend, options);
      expect(Array.from(exact.rows.data)).toEqual(Array.from(dense.rows.data));
      expect(exact.warnings).toEqual(warned.map((part) => expect.stringContaining(part) as string));
    },
  };
}

const adam =
  (options: { useEma?: boolean; emaOverwriteFrequency?: number } = {}) =>
  (sparseUpdate: SparseUpdate): Optimizer =>
    new Adam({ sparseUpdate, learningRate: 0.01, ...options });

/** Rows that vectors divide, with repeated ids: a backend may look them up while it brings them up to date. */
const lookedUp = Object.entries<MakeOptimizer>({
  Adam: adam(),
  amsgrad: (sparseUpdate) => new Adam({ sparseUpdate, learningRate: 0.01, amsgrad: true }),
  AdamW: (sparseUpdate) => new AdamW({ sparseUpdate, learningRate: 0.01, weightDecay: 0.1 }),
  momentum: (sparseUpdate) => new SGD({ sparseUpdate, momentum: 0.9 }),
}).map(([name, make]) =>
  sameAsDense(`a model with rows of 8 values and repeated ids, ${name}`, async (stage) => {
    setRandomSeed(3);
    const embedding = new Embedding({ inputDim: 20, outputDim: 8, inputLength: 6 });
    const model = stage.own(new Sequential([embedding, new Flatten(), new Dense({ units: 1 })], { backend: stage.backend }));
    model.compile({ optimizer: stage.optimizer(make), loss: "mse" });
    for (let step = 0; step < 60; step++) await model.trainOnBatch([idsOf(step)], [[Math.sin(step)]]);
    return model.getWeights();
  }),
);

/** Everything that can be set beside the rule. */
export const options: ApiGroup = {
  name: "options",
  cases: () => [
    ...lookedUp,
    ...clipping,
    rateInMidRun,
    ...Object.entries(rowConstraints).map(([name, embeddingsConstraint]) =>
      bitForBit(`${name}: every row is projected after every step`, adam(), { embeddingsConstraint }, []),
    ),
    ...Object.entries(rowConstraints).map(([name, embeddingsConstraint]) =>
      bitForBit(
        `${name}, momentum`,
        (sparseUpdate) => new SGD({ sparseUpdate, momentum: 0.9, weightDecay: 0.01 }),
        { embeddingsConstraint },
        [],
      ),
    ),
    bitForBit("a constraint over columns sweeps the table and says so", adam(), { embeddingsConstraint: new MaxNorm({ maxValue: 0.2 }) }, [
      "MaxNorm",
    ]),
    bitForBit("a moving average sweeps the table and says so", adam({ useEma: true, emaOverwriteFrequency: 7 }), {}, ["useEma"]),
    bitForBit("a regularizer sweeps the table and says so", adam(), { embeddingsRegularizer: new L2({ l2: 0.01 }) }, ["every row"]),
    sameAsDense("no epsilon: rows of zero state are 0 / 0, as in a dense step", async (stage) => {
      const table = stage.table(4);
      const optimizer = stage.optimizer((sparseUpdate) => new Adam({ sparseUpdate, epsilon: 0 }));
      for (let step = 0; step < 5; step++) await push(optimizer, step, { table, ids: [1], gradient: gradientAt(step) });
      return [await table.read()];
    }),
  ],
};
