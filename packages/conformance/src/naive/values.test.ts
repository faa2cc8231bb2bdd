import type { BinaryOp, ReduceOp, TensorRef, UnaryOp } from "@rowan/api";
import { expect, test } from "vitest";
import { Session } from "../suite/session.ts";
import { createNaiveBackend } from "./create-naive-backend.ts";
import { unaryFunctions } from "./unary.ts";

const session = new Session(await createNaiveBackend(), "values");
const { backend } = session;

async function valuesOf(handle: object, shape: readonly number[], dtype: TensorRef["dtype"] = "float32"): Promise<number[]> {
  return Array.from(await session.read({ handle, shape, dtype }));
}

// By the C library. Fourteen digits are twice as many as float32 keeps.
test.each([
  [0, 0],
  [0.5, 0.5204998778130465],
  [1, 0.8427007929497149],
  [-2, -0.9953222650189527],
  [3, 0.9999779095030014],
  [5, 0.9999999999984626],
  [100, 1],
])("erf(%d) is %d", (x, expected) => expect(unaryFunctions.erf(x)).toBeCloseTo(expected, 14));

test.each<[UnaryOp, number, number]>([
  ["round", 2.5, 2],
  ["round", 3.5, 4],
  ["round", -0.5, 0],
  ["round", -1.5, -2],
  ["round", -2.6, -3],
  ["relu", -3, 0],
  ["relu", Number.NaN, Number.NaN],
  ["sigmoid", -1000, 0],
  ["softplus", 1000, 1000],
  ["softplus", 0, Math.fround(Math.LN2)],
  ["rsqrt", 4, 0.5],
  ["sign", -0.1, -1],
])("%s(%d) is %d", async (op, x, expected) => {
  const [value] = await valuesOf(backend.unary(op, session.tensor([x], [1])), [1]);
  expect(value === 0 ? 0 : value).toBe(expected);
});

test.each<[BinaryOp, number, number, number]>([
  ["pow", 1, Number.NaN, 1],
  ["pow", -1, Infinity, 1],
  ["pow", -2, 3, -8],
  ["pow", 0, 0, 1],
  ["maximum", Number.NaN, 1, Number.NaN],
  ["minimum", 1, Number.NaN, Number.NaN],
  ["div", 1, 0, Infinity],
])("%s(%d, %d) is %d", async (op, a, b, expected) => {
  expect(await valuesOf(backend.binary(op, session.tensor([a], [1]), session.tensor([b], [1]), [1]), [1])).toEqual([expected]);
});

test.each<[BinaryOp, readonly number[]]>([
  ["equal", [0, 0, 1]],
  ["notEqual", [1, 1, 0]],
  ["less", [0, 1, 0]],
  ["greaterEqual", [0, 0, 1]],
])("%s of (NaN, 1), (1, 2) and (2, 2) is %j", async (op, expected) => {
  const result = backend.binary(op, session.tensor([Number.NaN, 1, 2], [3]), session.tensor([1, 2, 2], [3]), [3]);
  expect(await valuesOf(result, [3], "bool")).toEqual(expected);
});

test("binary broadcasts both sides", async () => {
  const sum = backend.binary("add", session.tensor([10, 20], [2, 1]), session.tensor([1, 2, 3], [3]), [2, 3]);
  expect(await valuesOf(sum, [2, 3])).toEqual([11, 12, 13, 21, 22, 23]);
});

test("matmul, plain, transposed and batched", async () => {
  const a = session.tensor([1, 2, 3, 4, 5, 6], [2, 3]);
  const b = session.tensor([7, 8, 9, 10, 11, 12], [3, 2]);
  expect(await valuesOf(backend.matmul(a, b, false, false), [2, 2])).toEqual([58, 64, 139, 154]);
  expect(await valuesOf(backend.matmul(a, a, false, true), [2, 2])).toEqual([14, 32, 32, 77]);
  expect(await valuesOf(backend.matmul(a, a, true, false), [3, 3])).toEqual([17, 22, 27, 22, 29, 36, 27, 36, 45]);
  const batch = session.tensor([1, 0, 0, 1, 2, 0, 0, 2], [2, 2, 2]);
  expect(await valuesOf(backend.matmul(batch, a, false, false), [2, 2, 3])).toEqual([1, 2, 3, 4, 5, 6, 2, 4, 6, 8, 10, 12]);
});

test.each<[ReduceOp, readonly number[], readonly number[]]>([
  ["sum", [0], [5, 7, 9]],
  ["sum", [1], [6, 15]],
  ["max", [0, 1], [6]],
  ["min", [1], [1, 4]],
])("%s over axes %j of [[1, 2, 3], [4, 5, 6]] is %j", async (op, axes, expected) => {
  const x = session.tensor([1, 2, 3, 4, 5, 6], [2, 3]);
  expect(await valuesOf(backend.reduce(op, x, axes), [expected.length])).toEqual(expected);
});

test("argMax takes the first of equals", async () => {
  const x = session.tensor([1, 3, 3, -1, -2, -1], [2, 3]);
  expect(await valuesOf(backend.reduce("argMax", x, [1]), [2], "int32")).toEqual([1, 0]);
});

test("permute moves axes", async () => {
  const x = session.tensor([0, 1, 2, 3, 4, 5], [1, 2, 3]);
  expect(await valuesOf(backend.permute(x, [2, 0, 1]), [3, 1, 2])).toEqual([0, 3, 1, 4, 2, 5]);
});

test("bags: sums, means and the rest, by hand", async () => {
  const source = session.tensor([1, 10, 2, 20, 4, -40], [3, 2]);
  const bag = { source, ids: session.ids([0, 2, 2]), offsets: session.ids([0, 2, 2, 3]) };
  const weights = session.tensor([3, 1, 0], [3]);
  expect(await valuesOf(backend.gatherReduce({ ...bag, mode: "sum" }), [3, 2])).toEqual([5, -30, 0, 0, 4, -40]);
  expect(await valuesOf(backend.gatherReduce({ ...bag, mode: "max" }), [3, 2])).toEqual([4, 10, 0, 0, 4, -40]);
  expect(await valuesOf(backend.gatherReduce({ ...bag, mode: "mean", weights }), [3, 2])).toEqual([1.75, -2.5, 0, 0, 0, 0]);
  const sqrtn = await valuesOf(backend.gatherReduce({ ...bag, mode: "sqrtn", weights }), [3, 2]);
  expect(sqrtn[0]).toBe(Math.fround(7 / Math.sqrt(10)));
});

test("gather and scatter move rows", async () => {
  const table = session.tensor([1, 2, 3, 4, 5, 6], [3, 2]);
  expect(await valuesOf(backend.gather(table, session.ids([2, 0, 2])), [3, 2])).toEqual([5, 6, 1, 2, 5, 6]);
  backend.scatter(table, session.ids([1]), session.tensor([9, 8], [1, 2]));
  expect(await valuesOf(table.handle, [3, 2])).toEqual([1, 2, 9, 8, 5, 6]);
});

test("cast truncates toward zero, and every value but 0 is true", async () => {
  const x = session.tensor([1.9, -1.9, 0, Number.NaN], [4]);
  expect(await valuesOf(backend.cast(x, "int32"), [4], "int32")).toEqual([1, -1, 0, 0]);
  expect(await valuesOf(backend.cast(session.tensor([3e9, -300, 200], [3]), "int8"), [3], "int8")).toEqual([127, -128, 127]);
  expect(await valuesOf(backend.cast(x, "bool"), [4], "bool")).toEqual([1, 1, 0, 1]);
});
