import {
  Adam,
  Arena,
  EmbeddingBag,
  EmbeddingTable,
  GradientTape,
  NDArray,
  SGD,
  ops,
  planRows,
  prepareRows,
  setBackend,
  setRandomSeed,
  tensor,
} from "@rowan/api";
import type { Backend, BagMode, Optimizer, PlanArrays, SparseUpdate } from "@rowan/api";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { createNaiveBackend } from "../naive/create-naive-backend.ts";

const rows = 30;
const dim = 3;
const modes: readonly BagMode[] = ["sum", "mean", "sqrtn", "max"];

const optimizers: Readonly<Record<string, (sparseUpdate: SparseUpdate) => Optimizer>> = {
  adam: (sparseUpdate) => new Adam({ sparseUpdate, learningRate: 0.01 }),
  momentum: (sparseUpdate) => new SGD({ sparseUpdate, learningRate: 0.005, momentum: 0.9 }),
};

let backend: Backend;

beforeEach(async () => {
  backend = await createNaiveBackend();
  setBackend(backend);
});

/** Row 1 at every step, others ever more rarely, rows from 20 on never; 0 is padding, and every third step has a bag of nothing else. */
function idsOf(step: number): number[][] {
  const often = [1, 1, 2 + (step % 3), 0];
  const rarely = [step % 11 === 0 ? 7 : 0, step % 40 === 1 ? 13 : 0, 0, 0];
  return [often, rarely, step % 3 === 0 ? [0, 0, 0, 0] : [5, 0, 1 + (step % 7), 0]];
}

/** One step whose gradients of the result do not depend on the rows. */
async function push(table: EmbeddingTable, optimizer: Optimizer, mode: BagMode, step: number): Promise<void> {
  const incoming = NDArray.from(
    [0, 1, 2].map((bag) => Array.from({ length: dim }, (_, column) => Math.sin(1 + 3 * bag + 5 * column + step))),
  );
  const tape = new GradientTape();
  const loss = tape.record(() => {
    const result = ops.lookupBags(table, { ids: tensor(NDArray.from(idsOf(step), "int32")), mode, paddingIdx: 0 });
    return ops.sum(ops.multiply(result, tensor(incoming)));
  });
  await optimizer.apply(tape.gradient(loss, [table.variable]), [table.variable]);
  tape.dispose();
}

async function run(optimizer: Optimizer, mode: BagMode, steps: number): Promise<NDArray> {
  setRandomSeed(3);
  const table = EmbeddingTable.create({ inputDim: rows, outputDim: dim });
  for (let step = 0; step < steps; step++) await push(table, optimizer, mode, step);
  return table.read();
}

describe("exact updates by bags are the dense updates of all rows", () => {
  // 120 float32 steps of up to 0.01 on weights of 0.05 to 1 round by 1e-8 to 1e-7 each, in either mode.
  test.each(Object.keys(optimizers).flatMap((name) => modes.map((mode) => [name, mode] as const)))("%s, %s", async (name, mode) => {
    const make = optimizers[name] as (sparseUpdate: SparseUpdate) => Optimizer;
    const exact = await run(make("exact"), mode, 121);
    const dense = await run(make("dense"), mode, 121);
    const worst = Math.max(...Array.from(exact.data, (x, i) => Math.abs(x - (dense.data[i] as number)) / (0.01 + Math.abs(x))));
    expect(worst).toBeLessThan(1e-5);
  });
});

test.each(modes)("the padding row stays as it is, also in lazy updates: %s", async (mode) => {
  const moved = await run(new Adam({ sparseUpdate: "lazy" }), mode, 5);
  const start = await run(new Adam({ sparseUpdate: "lazy" }), mode, 0);
  expect(Array.from(moved.data.subarray(0, dim))).toEqual(Array.from(start.data.subarray(0, dim)));
  expect(moved.equals(start)).toBe(false);
});

test("all lookups of a step in one table have one plan, which the gradient uses", async () => {
  const plan = vi.fn((ids: Int32Array, count: number): PlanArrays => planRows({} as Backend, ids, count));
  Object.assign(backend, { planRows: plan });
  const table = EmbeddingTable.create({ inputDim: rows, outputDim: dim });
  const layer = new EmbeddingBag({ table, paddingIdx: 0 });
  const arena = new Arena();
  const bags = arena.run(() => tensor(new NDArray(Int32Array.of(1, 0, 4, 1), [2, 2])));
  const ids = arena.run(() => tensor(NDArray.from([4, 9, 1], "int32")));
  await prepareRows([...layer.rowLookups(bags), { table, ids }], { training: true, arena });
  const [gradient] = arena.run(() => {
    const tape = new GradientTape();
    // In another order than they were prepared in.
    const loss = tape.record(() => ops.add(ops.sum(ops.lookup(table, ids)), ops.sum(layer.call(bags))));
    return tape.gradient(loss, [table.variable]);
  });
  expect(plan.mock.calls.map(([given]) => Array.from(given))).toEqual([[1, 4, 1, 4, 9, 1]]);
  if (!gradient || !("plan" in gradient)) throw new Error("the gradient of a table is one of rows");
  expect(Array.from(gradient.plan.rows)).toEqual([1, 4, 9]);
  expect((await gradient.values.read()).toArray()).toEqual([2.5, 1.5, 1].map((slope) => Array.from({ length: dim }, () => slope)));
  arena.release();
});
