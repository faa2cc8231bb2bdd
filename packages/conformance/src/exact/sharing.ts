import { Adam, AdamW, Arena, Embedding, GradientTape, NDArray, SGD, Tensor, ops } from "@rowan/api";
import type { EmbeddingTable, Optimizer } from "@rowan/api";
import type { ApiGroup } from "../suite/describe-groups.ts";
import { gradientAt, idsOf, push, pushByHand, pushMany, sameAsDense } from "./stage.ts";
import type { MakeOptimizer } from "./stage.ts";

const adam: MakeOptimizer = (sparseUpdate) => new Adam({ sparseUpdate, learningRate: 0.005 });
const adamw: MakeOptimizer = (sparseUpdate) => new AdamW({ sparseUpdate, learningRate: 0.005, weightDecay: 0.1 });

/** The table as rows and as a matrix in one step, as with an output layer that shares its weights. */
async function pushTied(optimizer: Optimizer, table: EmbeddingTable, step: number, isTied: boolean): Promise<void> {
  const arena = new Arena();
  try {
    const gradients = arena.run(() => {
      const tape = new GradientTape();
      const loss = tape.record(() => {
        const ids = Tensor.fromHost(NDArray.from(idsOf(step), "int32"), table.backend);
        const factor = (size: number): Tensor =>
          Tensor.fromHost(
            new NDArray(
              Float32Array.from({ length: size * 3 }, (_, i) => Math.sin(i + step)),
              [size, 3],
            ),
            table.backend,
          );
        const rows = ops.sum(ops.multiply(ops.lookup(table, ids), factor(6)));
        return isTied ? ops.add(rows, ops.sum(ops.multiply(table.variable.value, factor(table.inputDim)))) : rows;
      });
      return tape.gradient(loss, [table.variable]);
    });
    await optimizer.apply(gradients, [table.variable]);
  } finally {
    arena.release();
  }
}

/** One table used by two layers, each with a lookup of its own. */
async function pushTwoLayers(optimizer: Optimizer, layers: readonly Embedding[], step: number): Promise<void> {
  const arena = new Arena();
  const variables = [...new Set(layers.flatMap((layer) => layer.trainableVariables))];
  try {
    const gradients = arena.run(() => {
      const tape = new GradientTape();
      const loss = tape.record(() =>
        layers
          .map((layer, i) => {
            const ids = Tensor.fromHost(NDArray.from([idsOf(step + i)], "int32"), layer.table.backend);
            return ops.sum(ops.multiply(layer.apply(ids, { training: true, step }).output, Math.cos(step + i)));
          })
          .reduce((a, b) => ops.add(a, b)),
      );
      return tape.gradient(loss, variables);
    });
    await optimizer.apply(gradients, variables);
  } finally {
    arena.release();
  }
}

/** Tables that are used in other ways than by one lookup in each step. */
export const sharing: ApiGroup = {
  name: "sharing",
  cases: () => [
    sameAsDense("several lookups of one table in one step", async (stage) => {
      const table = stage.table(24);
      const optimizer = stage.optimizer(adamw);
      for (let step = 0; step < 90; step++) {
        await push(
          optimizer,
          step,
          { table, ids: idsOf(step) },
          { table, ids: idsOf(step + 1) },
          { table, ids: step % 20 === 0 ? [17, 0, 17] : [4] },
        );
      }
      return [await table.read()];
    }),
    sameAsDense("one table shared by two layers", async (stage) => {
      const table = stage.table(24);
      const layers = [new Embedding({ table }), new Embedding({ table })];
      const optimizer = stage.optimizer(adam);
      for (let step = 0; step < 90; step++) await pushTwoLayers(optimizer, layers, step);
      return [await table.read()];
    }),
    sameAsDense("tied output: gradients for every row and for some rows, in turn", async (stage) => {
      const table = stage.table(24);
      const optimizer = stage.optimizer(adam);
      for (let step = 0; step < 90; step++) await pushTied(optimizer, table, step, step % 9 < 2 || step > 70);
      return [await table.read()];
    }),
    sameAsDense("by hand, with nothing prepared", async (stage) => {
      const table = stage.table(24);
      const optimizer = stage.optimizer(adamw);
      for (let step = 0; step < 90; step++) await pushByHand(optimizer, step, { table, ids: idsOf(step) });
      return [await table.read()];
    }),
    sameAsDense("a lookup of nothing is a step with a gradient of zero", async (stage) => {
      const table = stage.table(24);
      const optimizer = stage.optimizer(adam);
      for (let step = 0; step < 60; step++) await push(optimizer, step, { table, ids: step % 3 === 1 ? [] : idsOf(step) });
      return [await table.read()];
    }),
    sameAsDense("two tables under one optimizer, one of them rarely reached: no update is not a gradient of zero", async (stage) => {
      const [often, rare] = [stage.table(24), stage.table(9, 5)];
      const optimizer = stage.optimizer(adamw);
      for (let step = 0; step < 120; step++) {
        const lookups = [{ table: often, ids: idsOf(step) }];
        if (step % 11 === 3) lookups.push({ table: rare, ids: [step % 4, 0] });
        await push(optimizer, step, ...lookups);
      }
      return [await often.read(), await rare.read()];
    }),
    sameAsDense("a table that is frozen for a while", async (stage) => {
      const [table, other] = [stage.table(24), stage.table(3, 5)];
      const optimizer = stage.optimizer(adam);
      const seen: NDArray[] = [];
      await pushMany(table, optimizer, 0, 30);
      for (let step = 0; step < 40; step++) await push(optimizer, step, { table: other, ids: [1] });
      seen.push(await table.lookup([0, 1, 11, 20]));
      await pushMany(table, optimizer, 30, 60);
      return [...seen, await table.read()];
    }),
    sameAsDense("other gradients for the same rows in two steps that follow each other", async (stage) => {
      const table = stage.table(5);
      const optimizer = stage.optimizer((sparseUpdate) => new SGD({ sparseUpdate, learningRate: 0.1, momentum: 0.9, nesterov: true }));
      for (let step = 0; step < 40; step++) await push(optimizer, step, { table, ids: [step % 5], gradient: gradientAt(step) });
      return [await table.read()];
    }),
  ],
};
