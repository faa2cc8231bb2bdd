/** The one place where ids are checked: what passes here is valid in every kernel of every backend. */
import type { Backend } from "../backend/backend.ts";
import { idsBelow } from "../backend/defaults/ids-below.ts";
import { IndexOutOfRangeError, InvalidArgumentError, describeValue } from "../errors.ts";
import { NDArray, flattenInto, nestedShape } from "./ndarray.ts";
import type { NestedArray } from "./ndarray.ts";
import type { NumberArray } from "./dtype.ts";
import { Tensor } from "./tensor.ts";
import type { Shape } from "./shape.ts";
import { checkPositiveInteger, sizeOf } from "./shape.ts";

/** Ids as a caller may pass them. BigInt64Array is what 64-bit `.npy` and Arrow columns give. */
export type IdsInput = NestedArray | BigInt64Array | NDArray;

/**
 * What an invalid id gets: `"throw"` an error that names the first one; `"clip"` the nearest valid id; `"zero"` a row of zeros
 * (in a bag: the id does not take part).
 */
export type InvalidIdPolicy = "throw" | "zero" | "clip";

const policies: readonly InvalidIdPolicy[] = ["throw", "zero", "clip"];

/** Ids that every kernel can take. */
export interface CheckedIds {
  /** Valid row numbers; not the caller's own array unless it was valid as it stood. */
  readonly data: Int32Array;
  readonly shape: Shape;
  /** Flat positions whose rows must become zeros; only under the policy `"zero"`. */
  readonly zeroed?: readonly number[];
}

/** The most rows that a table may have: ids are int32. */
const mostRows = 2 ** 31;

/**
 * Checks the number of rows of a table.
 *
 * @param value - What was received as `inputDim`.
 * @returns The same value, typed.
 * @throws InvalidArgumentError when it is not a positive integer, or there are more rows than ids.
 */
export function checkRowCount(value: unknown): number {
  const rows = checkPositiveInteger("inputDim", value);
  if (rows <= mostRows) return rows;
  throw new InvalidArgumentError(
    `\`inputDim\` must be at most ${mostRows}, since ids are 32-bit integers. Received: inputDim=${rows}. Divide the rows among several tables.`,
  );
}

/**
 * Checks ids against a table.
 *
 * @param input - Ids of any shape.
 * @param rowCount - The number of rows of the table: valid ids are integers `0 .. rowCount - 1`, as far as int32 goes.
 * @param given - What an invalid id gets, where the caller of the caller can say it; else an error, which then does not advise to.
 * @param backend - Where the rows are, which may look over many ids faster than this does.
 * @returns Valid ids with their shape.
 * @throws IndexOutOfRangeError naming the first bad id, its position, how many there are, and the valid range.
 * @throws ShapeMismatchError for ragged nested arrays; InvalidArgumentError for what is no number, and for an unknown policy.
 */
export function checkIds(input: IdsInput, rowCount: number, given?: InvalidIdPolicy, backend?: Pick<Backend, "idsBelow">): CheckedIds {
  // A file may hold more rows than there are ids.
  const rows = Math.min(rowCount, mostRows);
  if (given !== undefined && !policies.includes(given)) {
    throw new InvalidArgumentError(`\`invalidIds\` must be one of ${policies.join(", ")}. Received: invalidIds=${describeValue(given)}.`);
  }
  const policy = given ?? "throw";
  const { values, shape } = flatIds(input);
  if (values instanceof Int32Array && idsBelow(backend, values, rows)) return { data: values, shape };

  const data = new Int32Array(values.length);
  const zeroed: number[] = [];
  let firstBad = -1;
  let badCount = 0;
  for (let i = 0; i < data.length; i++) {
    const value = Number(values[i]);
    if (value >= 0 && value < rows && Number.isInteger(value)) {
      data[i] = value;
      continue;
    }
    if (firstBad < 0) firstBad = i;
    badCount++;
    if (policy === "zero") zeroed.push(i);
    else if (policy === "clip") data[i] = clipId(value, rows);
  }
  if (badCount > 0 && policy === "throw") throw outOfRange(values, shape, rows, firstBad, badCount, given !== undefined);
  if (badCount > 0 && rows === 0) throw outOfRange(values, shape, rows, firstBad, badCount);
  return zeroed.length > 0 ? { data, shape, zeroed } : { data, shape };
}

/**
 * Makes integers of what a model was given where its first layer looks rows up; the range is checked at the lookup.
 *
 * @param input - Ids of any shape.
 * @returns An int32 array.
 * @throws IndexOutOfRangeError for fractions, NaN and numbers beyond int32, naming the first one and how many there are.
 */
export function integerArray(input: IdsInput): NDArray {
  if (input instanceof NDArray && input.dtype === "int32") return input;
  const { values, shape } = flatIds(input);
  if (values instanceof Int32Array) return new NDArray(values, shape);
  const data = new Int32Array(values.length);
  let firstBad = -1;
  let badCount = 0;
  for (let i = 0; i < data.length; i++) {
    const value = Number(values[i]);
    data[i] = value;
    if (data[i] !== value) {
      if (firstBad < 0) firstBad = i;
      badCount++;
    }
  }
  if (badCount > 0) throw outOfRange(values, shape, undefined, firstBad, badCount);
  return new NDArray(data, shape);
}

type FlatIds = NumberArray | BigInt64Array | readonly number[];

function flatIds(input: IdsInput): { values: FlatIds; shape: Shape } {
  if (input instanceof NDArray && input.dtype === "bool") {
    throw new InvalidArgumentError(
      `Ids must be integers, not truth values. Received: an NDArray of dtype bool. Convert a mask to ids first.`,
    );
  }
  if (input instanceof NDArray) return { values: input.data, shape: input.shape };
  if (ArrayBuffer.isView(input)) return { values: input, shape: [input.length] };
  if (typeof input !== "number" && !Array.isArray(input)) {
    const remedy = (input as unknown) instanceof Tensor ? " Await its read() first, or look it up inside of a layer." : "";
    throw new InvalidArgumentError(
      `\`ids\` must be numbers in arrays, a typed array or an NDArray. Received: ids=${describeValue(input)}.${remedy}`,
    );
  }
  const shape = nestedShape(input);
  const values = new Array<number>(sizeOf(shape));
  flattenInto(input, shape, (value, index, isTruth) => {
    if (isTruth) {
      throw new InvalidArgumentError(
        `Ids must be integers, not truth values. Received: ${value === 1} at position ${formatPosition(index, shape)}. Convert a mask to ids first.`,
      );
    }
    values[index] = value;
  });
  return { values, shape };
}

function clipId(value: number, rows: number): number {
  return Number.isNaN(value) ? 0 : Math.min(Math.max(Math.trunc(value), 0), rows - 1);
}

function outOfRange(
  values: FlatIds,
  shape: Shape,
  rows: number | undefined,
  position: number,
  count: number,
  hasPolicy = false,
): IndexOutOfRangeError {
  const value = Number(values[position]);
  const range = rows === undefined ? "32-bit integers" : `integers from 0 to ${rows - 1}`;
  const why = reason(value, rows);
  const several = count > 1 ? `; ${count} of ${values.length} ids are invalid` : "";
  const remedy =
    rows === undefined
      ? " Ids are row numbers: check how they were computed."
      : hasPolicy
        ? ' Map unknown words to a row of their own, or pass { invalidIds: "clip" } or { invalidIds: "zero" }.'
        : " Map unknown words to a row of their own.";
  return new IndexOutOfRangeError(
    `Ids must be ${range}. Received: ${String(values[position])} at position ${formatPosition(position, shape)} (${why})${several}.${remedy}`,
  );
}

function reason(value: number, rows: number | undefined): string {
  if (Number.isNaN(value)) return "not a number";
  if (!Number.isFinite(value)) return "infinite";
  if (!Number.isInteger(value)) return "not an integer";
  if (value < 0) return rows === undefined ? "too small" : "negative";
  return "too large";
}

function formatPosition(flat: number, shape: Shape): string {
  const indices: number[] = [];
  let rest = flat;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const extent = shape[axis] as number;
    indices.unshift(rest % extent);
    rest = Math.floor(rest / extent);
  }
  return `[${indices.join(", ")}]`;
}
