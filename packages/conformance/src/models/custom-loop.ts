import { Adam, Arena, EmbeddingTable, GradientTape, NDArray, Tensor, getOptimizer, isRowGradient, ops, prepareRows } from "@rowan/api";
import type { Backend, Optimizer, SparseUpdate } from "@rowan/api";
import { expect } from "vitest";
import { denseGradient } from "../golden/golden-case.ts";
import type { ApiCase, ApiGroup } from "../suite/describe-groups.ts";
import { expectClose } from "../suite/tolerance.ts";

const rows = 12;
const dim = 3;

/** Sums of a few float32 products, in another order. */
const tolerance = { relative: 1e-5, absolute: 1e-6 };

/** The ids of a step: some again and again, some never. */
function idsOf(step: number, seed: number): number[][] {
  return [0, 1].map((sample) => [0, 1, 2].map((at) => (step * seed + sample * 3 + at * at) % (rows - 2)));
}

function makeTable(backend: Backend): EmbeddingTable {
  const values = Float32Array.from({ length: rows * dim }, (_, at) => (((at * 7) % 11) - 5) / 16);
  const table = EmbeddingTable.from(new NDArray(values, [rows, dim]), { backend });
  table.variable.materialize(backend);
  return table;
}

/** What a step computes: lookups of a table, and a scalar. */
interface Program {
  readonly ids: (step: number) => readonly number[][][];
  readonly loss: (table: EmbeddingTable, ids: readonly Tensor[]) => Tensor;
}

/** A program of lookups, and the same with products of one-hot rows in their place. */
interface Pair {
  readonly sparse: Program;
  readonly dense: Program;
}

const target = (x: Tensor): Tensor => ops.mean(ops.square(ops.subtract(x, 0.25)));

/** The rows of ids as dense mathematics has them. */
function product(table: EmbeddingTable, ids: Tensor): Tensor {
  return ops.reshape(ops.matmul(ops.oneHot(ops.reshape(ids, [-1]), rows), table.variable.value), [...ids.shape, dim]);
}

type Find = typeof ops.lookup;

function several(find: Find): Program {
  return {
    ids: (step) => [idsOf(step, 1), idsOf(step, 5), idsOf(step, 1)],
    loss: (table, [a, b, c]) =>
      ops.add(target(ops.multiply(find(table, a as Tensor), find(table, b as Tensor))), target(find(table, c as Tensor))),
  };
}

/** Ids in, logits over all ids out, by the same table: a lookup and the whole of it in one loss. */
function tied(find: Find): Program {
  return {
    ids: (step) => [idsOf(step, 2)],
    loss: (table, [ids]) => {
      const hidden = ops.reshape(find(table, ids as Tensor), [-1, dim]);
      const logits = ops.matmul(hidden, table.variable.value, { transposeB: true });
      return ops.negative(ops.mean(ops.slice(ops.logSoftmax(logits, -1), [0, 0], [6, 1])));
    },
  };
}

/** Steps that look rows up, and steps that use the whole table. */
function inTurns(find: Find): Program {
  return {
    ids: (step) => [idsOf(step, 3)],
    loss: (table, ids) => (ids[0]?.host?.data[0] === 0 ? tied(find).loss(table, ids) : target(find(table, ids[0] as Tensor))),
  };
}

async function train(
  backend: Backend,
  table: EmbeddingTable,
  optimizer: Optimizer,
  program: Program,
  steps: number,
  prepare: boolean,
): Promise<void> {
  for (let step = 0; step < steps; step++) {
    const arena = new Arena();
    try {
      const ids = arena.run(() => program.ids(step).map((values) => Tensor.fromHost(NDArray.from(values, "int32"), backend)));
      if (prepare) {
        await prepareRows(
          ids.map((one) => ({ table, ids: one })),
          { training: true, arena },
        );
      }
      const gradients = arena.run(() => {
        const tape = new GradientTape();
        return tape.gradient(
          tape.record(() => program.loss(table, ids)),
          [table.variable],
        );
      });
      await optimizer.apply(gradients, [table.variable]);
    } finally {
      arena.release();
    }
  }
}

function agree(name: string, { sparse, dense }: Pair, steps: number, sparseUpdate: SparseUpdate, makeOptimizer: () => Optimizer): ApiCase {
  return {
    name,
    async run(backend) {
      const [a, b] = [makeTable(backend), makeTable(backend)];
      const optimizers = [
        getOptimizer({ className: makeOptimizer().className, config: { ...makeOptimizer().getConfig(), sparseUpdate } }),
        makeOptimizer(),
      ] as const;
      await train(backend, a, optimizers[0], sparse, steps, true);
      await train(backend, b, optimizers[1], dense, steps, false);
      expectClose((await a.read()).data, (await b.read()).data, tolerance, "rows");
      for (const optimizer of optimizers) optimizer.dispose();
      a.dispose();
      b.dispose();
    },
  };
}

const adam = (): Optimizer => new Adam({ learningRate: 0.05, epsilon: 1e-3 });
const pairs = [
  ["several lookups of one table in a step", { sparse: several(ops.lookup), dense: several(product) }],
  ["tied output", { sparse: tied(ops.lookup), dense: tied(product) }],
  ["lookups and the whole table in turns", { sparse: inTurns(ops.lookup), dense: inTurns(product) }],
] as const;

/** Training loops of one's own: GradientTape, lookups, optimizer. */
export const customLoop: ApiGroup = {
  name: "custom loop",
  cases: () => [
    ...pairs.flatMap(([name, pair]) => [
      gradients(`${name}: the gradient is that of the dense mathematics`, pair),
      agree(`${name}: one step of SGD`, pair, 1, "exact", () => getOptimizer({ className: "SGD", config: { learningRate: 0.5 } })),
      agree(`${name}: 20 steps of exact Adam`, pair, 20, "exact", adam),
      agree(`${name}: 20 steps of dense Adam`, pair, 20, "dense", adam),
    ]),
    {
      name: "a tape outside of any scope frees what it holds when it is disposed",
      async run(backend) {
        const table = makeTable(backend);
        const before = backend.memory();
        const [tape, ids] = [new GradientTape(), Tensor.fromHost(NDArray.from([[1, 1, 2]], "int32"), backend)];
        const loss = tape.record(() => target(ops.lookup(table, ids)));
        const [gradient] = tape.gradient(loss, [table.variable]);
        const optimizer = getOptimizer("sgd");
        await optimizer.apply([gradient ?? null], [table.variable]);
        tape.dispose();
        ids.dispose();
        optimizer.dispose();
        expect(backend.memory()).toEqual(before);
        table.dispose();
      },
    },
  ],
};

function gradients(name: string, { sparse, dense }: Pair): ApiCase {
  return {
    name,
    async run(backend) {
      const table = makeTable(backend);
      const arena = new Arena();
      const results = arena.run(() =>
        [sparse, dense].map((program) => {
          const ids = program.ids(1).map((values) => Tensor.fromHost(NDArray.from(values, "int32"), backend));
          const tape = new GradientTape();
          return (
            tape.gradient(
              tape.record(() => program.loss(table, ids)),
              [table.variable],
            )[0] ?? null
          );
        }),
      );
      const [actual = null, expected = null] = results;
      expect(isRowGradient(expected)).toBe(false);
      const [is, should] = await Promise.all([actual, expected].map((gradient) => denseGradient(gradient, [rows, dim])));
      expectClose(is?.data ?? [], should?.data ?? [], tolerance, "gradient");
      expect(Math.max(...(should?.data ?? []).map(Math.abs))).toBeGreaterThan(0.001);
      arena.release();
      table.dispose();
    },
  };
}
