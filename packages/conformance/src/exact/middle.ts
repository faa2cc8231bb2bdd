import {
  Adagrad,
  Adam,
  AdamW,
  Arena,
  Dense,
  Embedding,
  Flatten,
  GradientTape,
  NDArray,
  RMSprop,
  SGD,
  Sequential,
  Tensor,
  ops,
  prepareRows,
  setRandomSeed,
} from "@rowan/api";
import { expect } from "vitest";
import type { ApiCase, ApiGroup } from "../suite/describe-groups.ts";
import { idsOf, push, pushLate, pushMany, sameAsDense } from "./stage.ts";
import type { MakeOptimizer } from "./stage.ts";

const adam: MakeOptimizer = (sparseUpdate) => new Adam({ sparseUpdate, learningRate: 0.005 });
const adamw: MakeOptimizer = (sparseUpdate) => new AdamW({ sparseUpdate, learningRate: 0.005, weightDecay: 0.1 });

const others: Record<string, MakeOptimizer> = {
  "another Adam": adam,
  AdamW: adamw,
  "SGD without memory": (sparseUpdate) => new SGD({ sparseUpdate, learningRate: 0.02 }),
  momentum: (sparseUpdate) => new SGD({ sparseUpdate, learningRate: 0.005, momentum: 0.9 }),
  RMSprop: (sparseUpdate) => new RMSprop({ sparseUpdate }),
  Adagrad: (sparseUpdate) => new Adagrad({ sparseUpdate, learningRate: 0.02 }),
  "Adam that is dense": () => new Adam({ sparseUpdate: "dense", learningRate: 0.005 }),
};

const swaps = Object.entries(others).map(([name, make]) =>
  sameAsDense(`${name} takes over, and gives back`, async (stage) => {
    const table = stage.table(24);
    const [first, second] = [stage.optimizer(adamw), stage.optimizer(make)];
    for (const [index, optimizer] of [first, second, first, second, second, first].entries()) {
      await pushMany(table, optimizer, 25 * index, 25 * (index + 1));
    }
    return [await table.read()];
  }),
);

const setRows = sameAsDense("setRows", async (stage) => {
  const table = stage.table(24);
  const optimizer = stage.optimizer(adamw);
  await pushMany(table, optimizer, 0, 40);
  // A row that is behind, one that was just touched, and one that nothing has touched.
  await table.setRows(
    [11, 1, 22],
    [
      [1, 2, 3],
      [0.1, 0.2, 0.3],
      [-1, -2, -3],
    ],
  );
  await pushMany(table, optimizer, 40, 80);
  return [await table.read()];
});

const assign = sameAsDense("all values replaced", async (stage) => {
  const table = stage.table(24);
  const optimizer = stage.optimizer(adamw);
  await pushMany(table, optimizer, 0, 40);
  table.variable.assign(
    new NDArray(
      Float32Array.from({ length: 72 }, (_, i) => Math.cos(i)),
      [24, 3],
    ),
  );
  await pushMany(table, optimizer, 40, 80);
  return [await table.read()];
});

const late = sameAsDense("updates between the gradients of an update and the update", async (stage) => {
  const table = stage.table(24);
  const optimizer = stage.optimizer(adamw);
  await pushMany(table, optimizer, 0, 40);
  for (let step = 40; step < 60; step += 3) {
    await pushLate(optimizer, step, () => pushMany(table, optimizer, step + 1, step + 3), { table, ids: idsOf(step) });
  }
  return [await table.read()];
});

const reads = sameAsDense("all rows read, again and again", async (stage) => {
  const table = stage.table(24);
  const optimizer = stage.optimizer(adamw);
  const seen: NDArray[] = [];
  for (let step = 0; step < 120; step++) {
    await push(optimizer, step, { table, ids: idsOf(step) });
    if (step % 17 === 0) seen.push(await table.read());
  }
  return [...seen, await table.read()];
});

const state = sameAsDense("the optimizer's state is read, changed and read", async (stage) => {
  const table = stage.table(24);
  const optimizer = stage.optimizer(adam);
  const seen: NDArray[] = [];
  await pushMany(table, optimizer, 0, 30);
  for (const slot of optimizer.slotsOf(table.variable)) seen.push(await slot.read());
  const [momentum] = optimizer.slotsOf(table.variable) as readonly [Tensor];
  momentum.backend.write(momentum, new Float32Array(6).fill(0.5), 3 * 20);
  await pushMany(table, optimizer, 30, 60);
  for (const slot of optimizer.slotsOf(table.variable)) seen.push(await slot.read());
  return [...seen, await table.read()];
});

/** Resizes between steps; `away` swaps the optimizer before and after, so that it does not see the table change. */
function resize(name: string, sizes: readonly number[], away: boolean): ApiCase {
  return sameAsDense(name, async (stage) => {
    const table = stage.table(24);
    const optimizer = stage.optimizer(adamw);
    const other = stage.optimizer((sparseUpdate) => new SGD({ sparseUpdate, learningRate: 0.005, momentum: 0.9 }));
    await pushMany(table, optimizer, 0, 40);
    if (away) await pushMany(table, other, 0, 5);
    for (const rows of sizes) table.resize(rows);
    if (away) await pushMany(table, other, 5, 10);
    const last = table.inputDim - 1;
    for (let step = 40; step < 80; step++) await push(optimizer, step, { table, ids: [0, step % 4, step % 13 === 0 ? last : 2] });
    return [await table.read()];
  });
}

/** A model whose weights are read, replaced and compiled anew in the middle: the dense run does the same. */
const model: ApiCase = {
  name: "a model: recompile, getWeights, setWeights",
  async run(backend) {
    const results: NDArray[][] = [];
    for (const mode of ["dense", "exact"] as const) {
      setRandomSeed(3);
      const made = new Sequential([new Embedding({ inputDim: 20, outputDim: 3, inputLength: 6 }), new Flatten(), new Dense({ units: 1 })], {
        backend,
      });
      const optimizers = [adam(mode), adamw(mode), adam(mode)];
      const seen: NDArray[] = [];
      try {
        for (const [index, optimizer] of optimizers.entries()) {
          made.compile({ optimizer, loss: "mse" });
          for (let step = 20 * index; step < 20 * (index + 1); step++) await made.trainOnBatch([idsOf(step)], [[Math.sin(step)]]);
          const weights = await made.getWeights();
          seen.push(...weights);
          if (index === 1)
            await made.setWeights(weights.map((values) => NDArray.from(values.data.map((x) => x / 2)).reshape(values.shape)));
        }
        seen.push(...(await made.getWeights()));
      } finally {
        made.dispose();
        for (const optimizer of optimizers) optimizer.dispose();
      }
      results.push(seen);
    }
    const [dense = [], exact = []] = results;
    dense.forEach((values, i) => {
      // Gradients depend on the weights here, so that a rounding (1e-8 of weights of 0.1) comes back through Adam's sign-like steps.
      exact[i]?.data.forEach((value, at) => {
        expect(Math.abs(value - (values.data[at] as number))).toBeLessThanOrEqual(1e-5 * (0.1 + Math.abs(value)));
      });
    });
  },
};

const preparedOnce = sameAsDense(
  "rows that are prepared once and looked up again after updates, new values and the arena's end",
  async (stage) => {
    const table = stage.table(24);
    const optimizer = stage.optimizer(adamw);
    const found: NDArray[] = [];
    for (let step = 0; step < 40; step++) {
      const arena = new Arena();
      const ids = Tensor.fromHost(NDArray.from([...idsOf(step), 2 + (step % 9)], "int32"), stage.backend);
      try {
        await prepareRows([{ table, ids, gathers: true }], { training: true, arena });
        for (let update = 0; update < 3; update++) {
          if (update === 2 && step % 10 === 9) await table.setRows([0], [[0.5, 0.25, 0.125]]);
          const gradients = arena.run(() => {
            const tape = new GradientTape();
            return tape.gradient(
              tape.record(() => ops.sum(ops.square(ops.lookup(table, ids)))),
              [table.variable],
            );
          });
          // An update that never comes, too.
          if (update < 2 || step % 2 === 0) await optimizer.apply(gradients, [table.variable]);
        }
      } finally {
        arena.release();
      }
      const again = ops.lookup(table, ids);
      found.push(await again.read());
      for (const tensor of [again, ids]) tensor.dispose();
    }
    return [...found, await table.read()];
  },
);

/** What people do between steps. */
export const middle: ApiGroup = {
  name: "in the middle of a run",
  cases: () => [
    ...swaps,
    setRows,
    assign,
    late,
    preparedOnce,
    reads,
    state,
    resize("the table grows", [30], false),
    resize("the table shrinks", [16], false),
    resize("the table shrinks and grows again: rows that were gone have no state", [15, 24], false),
    resize("the table grows while another optimizer has it", [30], true),
    resize("the table shrinks while another optimizer has it", [16], true),
    resize("the table shrinks and grows while another optimizer has it", [15, 24], true),
    model,
  ],
};
