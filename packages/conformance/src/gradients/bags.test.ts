import { EmbeddingTable, NDArray, Tensor, ops } from "@rowan/api";
import type { BagMode, TensorBags, Variable } from "@rowan/api";
import { expect, test } from "vitest";
import { createRandom } from "../suite/random.ts";
import { checkGradient } from "./check-gradient.ts";
import type { GradientInput } from "./check-gradient.ts";

const random = createRandom("bags");
const modes: readonly BagMode[] = ["sum", "mean", "sqrtn", "max"];
const divided: readonly BagMode[] = ["sum", "mean", "sqrtn"];

/** Rows whose values all differ by 0.05 at least, so that no maximum changes hands within a finite difference. */
function rowsOf(rows: number, dim: number): GradientInput {
  const size = rows * dim;
  return { values: Array.from(random.uniqueIds(size, size), (rank) => (rank - size / 2 + 0.25) * 0.05), shape: [rows, dim], isTable: true };
}

function tableOf(variable: Variable | undefined): EmbeddingTable {
  return new EmbeddingTable(variable as Variable);
}

const forms: Readonly<Record<string, TensorBags>> = {
  "ids with offsets, and empty bags": { ids: Int32Array.of(1, 4, 1, 0, 1, 5), offsets: Int32Array.of(0, 0, 3, 3, 5, 6) },
  "one array a bag": { ids: [[1, 4, 2], [], [0], [5, 5]] },
  "a rectangle": { ids: new NDArray(Int32Array.of(3, 1, 4, 1, 5, 2), [3, 2]) },
  "a rectangle with padding": { ids: new NDArray(Int32Array.of(0, 1, 4, 0, 0, 0, 1, 2), [4, 2]), paddingIdx: 0 },
  "nothing but padding": { ids: [[2, 2], [2]], paddingIdx: 2 },
  "one id everywhere": { ids: [[3, 3, 3], [3], [], [3, 3]] },
  "no bags": { ids: [] },
};

test.each(Object.entries(forms).flatMap(([name, bags]) => modes.map((mode) => [mode, name, bags] as const)))(
  "%s of %s",
  (mode, _name, bags) => {
    checkGradient(([table]) => ops.lookupBags(tableOf(table), { ...bags, mode }), [rowsOf(6, 3)]);
  },
);

test.each(modes)("%s of a tensor of ids", (mode) => {
  checkGradient(
    ([variable]) => {
      const table = tableOf(variable);
      const ids = Tensor.fromHost(new NDArray(Int32Array.of(0, 1, 4, 0, 2, 2), [3, 2]), table.backend);
      return ops.lookupBags(table, { ids, mode, paddingIdx: 0 });
    },
    [rowsOf(6, 3)],
  );
});

test.each(divided)("%s with weights that are numbers", (mode) => {
  const bags = { ids: [[1, 4, 1], [], [0, 2]], weights: [[1, 0.5, 2], [], [-0.25, 1]] };
  checkGradient(([table]) => ops.lookupBags(tableOf(table), { ...bags, mode }), [rowsOf(6, 3)]);
});

test.each(divided)("%s with weights that are learned: rows and weights", (mode) => {
  const weights: GradientInput = { values: [1, 0.5, 2, -0.25, 1.5, 0.75], shape: [6] };
  const bags = { ids: Int32Array.of(1, 4, 1, 0, 1, 5), offsets: Int32Array.of(0, 3, 3, 5) };
  checkGradient(
    ([table, factors]) => ops.lookupBags(tableOf(table), { ...bags, weights: (factors as Variable).value, mode }),
    [rowsOf(6, 3), weights],
  );
});

test.each(divided)("%s with weights that are computed, and padding among the ids", (mode) => {
  const weights: GradientInput = { values: [1, 0.5, 2, 0.25, 1.5, 0.75], shape: [3, 2] };
  checkGradient(
    ([table, factors]) => {
      const bags = { ids: [[1, 0], [0, 0], [4, 1]], paddingIdx: 0, mode }; // prettier-ignore
      return ops.lookupBags(tableOf(table), { ...bags, weights: ops.tanh((factors as Variable).value) });
    },
    [rowsOf(6, 3), weights],
  );
});

test.each(["mean", "sqrtn"] as const)("%s by a divisor of 0 is 0, and has no slope", (mode) => {
  const weights: GradientInput = { values: mode === "mean" ? [1, -1, 2, 1] : [0, 0, 2, 1], shape: [4] };
  const bags = { ids: [[1, 4], [1, 2]], mode }; // prettier-ignore
  const run = ([table, factors]: readonly Variable[]): Tensor =>
    ops.lookupBags(tableOf(table), { ...bags, weights: (factors as Variable).value });
  // By finite differences the divisor is not 0: only the bag beside it can be compared.
  checkGradient((variables) => ops.slice(run(variables), [1, 0], [1, 3]), [rowsOf(6, 3), weights]);
});

test("every use of one table in one step adds up: maxima, means, weighted sums and rows", () => {
  checkGradient(
    ([variable, factors]) => {
      const table = tableOf(variable);
      const largest = ops.lookupBags(table, { ids: [[1, 2, 2], [0, 5]], mode: "max" }); // prettier-ignore
      const means = ops.lookupBags(table, { ids: [[2, 3], [1, 1]], mode: "mean" }); // prettier-ignore
      const weighted = ops.lookupBags(table, { ids: [[4, 2], [1]], weights: (factors as Variable).value, mode: "sum" }); // prettier-ignore
      const others = ops.lookupBags(table, { ids: [[4], [1, 3]], mode: "max" }); // prettier-ignore
      const rows = ops.lookup(table, Tensor.fromHost(NDArray.from([5, 2], "int32"), table.backend));
      return ops.add(ops.multiply(ops.tanh(largest), ops.add(means, rows)), ops.multiply(weighted, others));
    },
    [rowsOf(6, 3), { values: [0.5, -1, 2], shape: [3] }],
  );
});

test("weights that are no float32, or too few, are named", () => {
  const wrong = (weights: (variable: Variable) => Tensor): void => {
    checkGradient(
      ([table]) => ops.lookupBags(tableOf(table), { ids: [[1, 2]], mode: "sum", weights: weights(table as Variable) }),
      [rowsOf(3, 2)],
    );
  };
  expect(() => wrong((table) => ops.reshape(ops.slice(table.value, [0, 0], [1, 1]), [1]))).toThrow(/1 weight for 2 ids/);
  expect(() => wrong((table) => ops.cast(ops.slice(table.value, [0, 0], [1, 2]), "int32"))).toThrow(/float32/);
});
