import { EmbeddingTable, NDArray, Tensor, ops } from "@rowan/api";
import type { Shape, Variable } from "@rowan/api";
import { expect, test } from "vitest";
import { createRandom } from "../suite/random.ts";
import { checkGradient } from "./check-gradient.ts";
import type { GradientInput } from "./check-gradient.ts";

const random = createRandom("gradients");

function input(shape: Shape, low = -2, high = 2): GradientInput {
  return {
    values: random.floats(
      shape.reduce((size, extent) => size * extent, 1),
      low,
      high,
    ),
    shape,
  };
}

/** Values of one variable, at least `gap` away from 0 and from one another. */
function spread(shape: Shape, gap = 0.1): GradientInput {
  const size = shape.reduce((product, extent) => product * extent, 1);
  return { values: Array.from(random.uniqueIds(size, size), (rank) => (rank - size / 2 + 0.25) * gap), shape };
}

type Function1 = (x: Tensor) => Tensor;

const smooth: Readonly<Record<string, readonly [Function1, number, number]>> = {
  erf: [ops.erf, -2, 2],
  exp: [ops.exp, -2, 2],
  expm1: [ops.expm1, -2, 2],
  log: [ops.log, 0.2, 3],
  log1p: [ops.log1p, -0.8, 3],
  negative: [ops.negative, -2, 2],
  rsqrt: [ops.rsqrt, 0.2, 3],
  sigmoid: [ops.sigmoid, -4, 4],
  softplus: [ops.softplus, -4, 4],
  sqrt: [ops.sqrt, 0.2, 3],
  square: [ops.square, -2, 2],
  tanh: [ops.tanh, -2, 2],
  softmax: [(x) => ops.softmax(x), -2, 2],
  "softmax over the first axis": [(x) => ops.softmax(x, 0), -2, 2],
  logSoftmax: [(x) => ops.logSoftmax(x), -2, 2],
  "sum of one axis": [(x) => ops.sum(x, 0), -2, 2],
  "mean of all": [(x) => ops.mean(x), -2, 2],
  "mean of one axis": [(x) => ops.mean(x, 1), -2, 2],
  reshape: [(x) => ops.reshape(x, [5, 3]), -2, 2],
  transpose: [(x) => ops.transpose(x), -2, 2],
  slice: [(x) => ops.slice(x, [1, 2], [2, 2]), -2, 2],
  "used twice": [(x) => ops.add(ops.multiply(x, x), ops.exp(x)), -1, 1],
};

test.each(Object.entries(smooth))("%s", (_name, [f, low, high]) => {
  checkGradient(([x]) => f((x as Variable).value), [input([3, 5], low, high)]);
});

const kinked: Readonly<Record<string, Function1>> = {
  abs: ops.abs,
  relu: ops.relu,
  clip: (x) => ops.clip(x, -0.33, 0.41),
  "max of one axis": (x) => ops.max(x, 1),
  "max of all": (x) => ops.max(x),
  "min of one axis": (x) => ops.min(x, 0),
};

test.each(Object.entries(kinked))("%s, between its kinks", (_name, f) => {
  checkGradient(([x]) => f((x as Variable).value), [spread([3, 5])]);
});

const flat: Readonly<Record<string, Function1>> = { ceil: ops.ceil, floor: ops.floor, round: ops.round, sign: ops.sign };

test.each(Object.entries(flat))("%s has no slope", (_name, f) => {
  checkGradient(([x]) => f((x as Variable).value), [spread([3, 5], 0.17)]);
});

const pairs: Readonly<Record<string, readonly [(a: Tensor, b: Tensor) => Tensor, number, number]>> = {
  add: [ops.add, -2, 2],
  subtract: [ops.subtract, -2, 2],
  multiply: [ops.multiply, -2, 2],
  divide: [ops.divide, 0.5, 2],
  power: [ops.power, 0.5, 2],
  maximum: [ops.maximum, -2, 2],
  minimum: [ops.minimum, -2, 2],
};

const shapes: readonly (readonly [Shape, Shape])[] = [
  [
    [2, 3],
    [2, 3],
  ],
  [[2, 3], [3]],
  [
    [2, 1],
    [2, 3],
  ],
  [[], [2, 3]],
  [
    [2, 1, 3],
    [4, 1],
  ],
];

test.each(Object.entries(pairs))("%s, with broadcasting", (_name, [f, low, high]) => {
  for (const [a, b] of shapes) {
    checkGradient(([x, y]) => f((x as Variable).value, (y as Variable).value), [input(a, low, high), input(b, low, high)]);
  }
});

test.each([
  [false, false],
  [false, true],
  [true, false],
  [true, true],
])("matmul, transposed: %s and %s", (transposeA, transposeB) => {
  for (const [batchA, batchB] of [
    [[], []],
    [[2], [2]],
    [[2], []],
    [[], [2]],
  ] as const) {
    const a = input([...batchA, ...(transposeA ? [4, 3] : [3, 4])]);
    const b = input([...batchB, ...(transposeB ? [5, 4] : [4, 5])]);
    checkGradient(([x, y]) => ops.matmul((x as Variable).value, (y as Variable).value, { transposeA, transposeB }), [a, b]);
  }
});

test("concatenate along each axis", () => {
  checkGradient(([x, y]) => ops.concatenate([(x as Variable).value, (y as Variable).value], 0), [input([2, 3]), input([1, 3])]);
  checkGradient(([x, y]) => ops.concatenate([(x as Variable).value, (y as Variable).value]), [input([2, 3]), input([2, 4])]);
});

test("where, with broadcasting", () => {
  checkGradient(
    ([x, y]) => ops.where(ops.greater((x as Variable).value, 0), ops.square((x as Variable).value), (y as Variable).value),
    [spread([3, 4]), input([4])],
  );
});

test("lookup: repeated ids are summed, rows that are not looked up get nothing", () => {
  checkGradient(
    ([table]) => ops.lookup(new EmbeddingTable(table as Variable), idsOn(table as Variable, [1, 4, 1, 0, 1, 4], [2, 3])),
    [{ ...input([6, 3]), isTable: true }],
  );
});

test.each(["sum", "mean", "sqrtn"] as const)("lookupBags: %s, with weights and an empty bag", (mode) => {
  checkGradient(
    ([table]) => {
      const bags = {
        ids: Int32Array.of(1, 4, 1, 0, 1),
        offsets: Int32Array.of(0, 3, 3),
        weights: Float32Array.of(1, 0.5, 2, 0.25, 1),
        mode,
      };
      return ops.lookupBags(new EmbeddingTable(table as Variable), bags);
    },
    [{ ...input([6, 3]), isTable: true }],
  );
});

test("two lookups of one table add up", () => {
  checkGradient(
    ([variable]) => {
      const table = new EmbeddingTable(variable as Variable);
      const first = ops.lookup(table, idsOn(variable as Variable, [1, 2], [2]));
      const second = ops.lookup(table, idsOn(variable as Variable, [2, 3], [2]));
      return ops.multiply(ops.tanh(first), second);
    },
    [{ ...input([5, 2]), isTable: true }],
  );
});

function idsOn(variable: Variable, ids: readonly number[], shape: Shape): Tensor {
  return Tensor.fromHost(new NDArray(Int32Array.from(ids), shape), variable.value.backend);
}

test("a wrong gradient is noticed", () => {
  const halfGradient = (x: Tensor): Tensor => ops.add(ops.multiply(x, 0.5), ops.multiply(ops.floor(ops.multiply(x, 1e9)), 0.5e-9));
  expect(() => checkGradient(([x]) => halfGradient((x as Variable).value), [input([3])])).toThrow(/gradient by input0/);
});
