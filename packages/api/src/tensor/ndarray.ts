import { countOf } from "../count-of.ts";
import { DTypeError, IndexOutOfRangeError, InvalidArgumentError, ShapeMismatchError, describeValue } from "../errors.ts";
import { checkDType, createTypedArray, dtypeOf, isNumberArray } from "./dtype.ts";
import type { DType, NumberArray, TypedArray } from "./dtype.ts";
import { formatArray } from "./format.ts";
import { formatShape, sameShape, sizeOf } from "./shape.ts";
import type { Shape } from "./shape.ts";

/** Numbers in nested arrays, all branches of one depth and length; the innermost level may be typed arrays. */
export type NestedArray = number | boolean | NumberArray | readonly NestedArray[];

/** Values on the host: a typed array with a shape. What lookups and predictions return. */
export class NDArray {
  readonly data: TypedArray;
  readonly shape: Shape;
  readonly dtype: DType;

  /**
   * Wraps values without copying them.
   *
   * @param data - The elements, row-major.
   * @param shape - Its extents; their product is the number of elements.
   * @param dtype - Only needed for `"bool"`, which shares Uint8Array with `"uint8"`.
   * @throws ShapeMismatchError when shape and length disagree; DTypeError for arrays that Rowan has no dtype for.
   */
  constructor(data: TypedArray, shape: Shape, dtype?: DType) {
    const natural = dtypeOf(data);
    if (natural === undefined || (dtype !== undefined && dtype !== natural && !(dtype === "bool" && natural === "uint8"))) {
      throw new DTypeError(
        `\`data\` must be a Float32Array, Int32Array, Uint8Array or Int8Array that holds \`dtype\`. Received: data=${describeValue(data)}, dtype=${describeValue(dtype)}. Convert it first, for example with Float32Array.from(data).`,
      );
    }
    const given: unknown = shape;
    if (!Array.isArray(given) || !shape.every((extent) => Number.isInteger(extent) && extent >= 0)) {
      throw new ShapeMismatchError(`\`shape\` must be made of non-negative integers. Received: shape=${describeValue(shape)}.`);
    }
    if (sizeOf(shape) !== data.length) {
      throw new ShapeMismatchError(
        `\`shape\` must hold as many elements as \`data\`. Received: shape=${formatShape(shape)} (${countOf(sizeOf(shape), "element")}), data of ${countOf(data.length, "element")}.`,
      );
    }
    this.data = data;
    this.shape = [...shape];
    this.dtype = dtype ?? natural;
  }

  /**
   * Copies numbers or booleans from nested arrays, whose innermost level may be typed arrays. They are converted as by `astype`.
   *
   * @param values - For example `[[1, 2], [3, 4]]`; a bare number gives a scalar.
   * @param dtype - What the elements become; `"float32"` when left out, `"bool"` for booleans.
   * @returns The array.
   * @throws ShapeMismatchError for ragged input, naming the place; InvalidArgumentError for elements that are no numbers.
   */
  static from(values: NestedArray | NDArray, dtype?: DType): NDArray {
    if (values instanceof NDArray) return values.astype(dtype ?? values.dtype);
    if (ArrayBuffer.isView(values)) {
      const natural = dtypeOf(values);
      // Other kinds of numbers are converted below; what holds no numbers is named by the constructor.
      if (natural !== undefined || !isNumberArray(values))
        return new NDArray(values as TypedArray, [values.length]).astype(dtype ?? natural ?? "float32");
    }
    const shape = nestedShape(values);
    let first: NestedArray | undefined = values;
    while (Array.isArray(first)) first = first[0] as NestedArray | undefined;
    const target = checkDType(dtype ?? (typeof first === "boolean" ? "bool" : "float32"));
    const data = createTypedArray(target, sizeOf(shape));
    flattenInto(values, shape, (value, index) => {
      data[index] = toElement(value, target);
    });
    return new NDArray(data, shape, target);
  }

  /**
   * An array of zeros.
   *
   * @param shape - Its extents.
   * @param dtype - Its dtype.
   * @returns The array.
   */
  static zeros(shape: Shape, dtype: DType = "float32"): NDArray {
    const size = Array.isArray(shape) ? sizeOf(shape) : NaN;
    // A bad shape is named by the constructor, not by the typed array.
    return new NDArray(createTypedArray(checkDType(dtype), Number.isInteger(size) && size >= 0 ? size : 0), shape, dtype);
  }

  /** The number of elements. */
  get size(): number {
    return this.data.length;
  }

  /** The number of axes. */
  get rank(): number {
    return this.shape.length;
  }

  /**
   * One element.
   *
   * @param indices - One index an axis; negative ones count from the end.
   * @returns Its value.
   * @throws IndexOutOfRangeError when an index lies outside.
   */
  at(...indices: readonly number[]): number {
    if (indices.length !== this.rank) {
      throw new IndexOutOfRangeError(
        `\`at\` takes one index for each axis of an array of rank ${this.rank}. Received: ${countOf(indices.length, "index", "indices")}.`,
      );
    }
    let offset = 0;
    this.shape.forEach((extent, axis) => {
      const index = indices[axis] as number;
      const wrapped = index < 0 ? index + extent : index;
      if (!Number.isInteger(index) || wrapped < 0 || wrapped >= extent) {
        throw new IndexOutOfRangeError(`Index ${index} is out of range for axis ${axis} of extent ${extent}.`);
      }
      offset = offset * extent + wrapped;
    });
    return this.data[offset] as number;
  }

  /**
   * A part along the first axis.
   *
   * @param begin - The first index.
   * @param end - One past the last index; the end of the axis when left out.
   * @returns A view: it shares memory with this array.
   */
  slice(begin: number, end: number = this.shape[0] ?? 0): NDArray {
    if (this.rank === 0) throw new IndexOutOfRangeError("A scalar has no first axis to slice. Use item().");
    if (!Number.isInteger(begin) || !Number.isInteger(end)) {
      throw new IndexOutOfRangeError(
        `\`begin\` and \`end\` must be integers. Received: begin=${describeValue(begin)}, end=${describeValue(end)}.`,
      );
    }
    const extent = this.shape[0] as number;
    const from = Math.min(Math.max(begin < 0 ? begin + extent : begin, 0), extent);
    const to = Math.min(Math.max(end < 0 ? end + extent : end, from), extent);
    const inner = this.shape.slice(1);
    const width = sizeOf(inner);
    return new NDArray(this.data.subarray(from * width, to * width), [to - from, ...inner], this.dtype);
  }

  /**
   * The only element.
   *
   * @returns Its value.
   * @throws ShapeMismatchError when there is not exactly one.
   */
  item(): number {
    if (this.size !== 1) throw new ShapeMismatchError(`item() needs exactly one element. Received: shape ${formatShape(this.shape)}.`);
    return this.data[0] as number;
  }

  /**
   * The same elements under another shape.
   *
   * @param shape - The new extents; one of them may be -1.
   * @returns A view: it shares memory with this array.
   * @throws ShapeMismatchError when the number of elements differs.
   */
  reshape(shape: Shape): NDArray {
    return new NDArray(this.data, resolveShape(shape, this.size), this.dtype);
  }

  /**
   * The elements as another dtype, with the rules of `cast`: to an integer they are cut toward zero, the nearest value that it can
   * hold takes the place of one that it cannot, and NaN becomes 0.
   *
   * @param dtype - The dtype to convert to.
   * @returns A new array, also where the dtype stays.
   */
  astype(dtype: DType): NDArray {
    const data = createTypedArray(checkDType(dtype), this.size);
    if (dtype === "float32" || dtype === this.dtype) data.set(this.data);
    else for (let i = 0; i < data.length; i++) data[i] = toElement(this.data[i] as number, dtype);
    return new NDArray(data, this.shape, dtype);
  }

  /**
   * Nested plain arrays.
   *
   * @returns Numbers (booleans for `bool`) nested as deep as the rank; a bare value for a scalar.
   */
  toArray(): NestedArray {
    const build = (axis: number, offset: number): NestedArray => {
      if (axis === this.rank) {
        const value = this.data[offset] as number;
        return this.dtype === "bool" ? value !== 0 : value;
      }
      const extent = this.shape[axis] as number;
      const width = sizeOf(this.shape.slice(axis + 1));
      return Array.from({ length: extent }, (_, index) => build(axis + 1, offset + index * width));
    };
    return build(0, 0);
  }

  /**
   * The values as NumPy prints them.
   *
   * @returns Several lines for rank 2 and more; long arrays are summarised.
   */
  toString(): string {
    return formatArray(this.data, this.shape, this.dtype);
  }

  /**
   * Whether another array has the same dtype, shape and bits of value (NaN equals NaN).
   *
   * @param other - The array to compare with.
   * @returns True when nothing differs.
   */
  equals(other: NDArray): boolean {
    return (
      this.dtype === other.dtype && sameShape(this.shape, other.shape) && this.data.every((value, i) => Object.is(value, other.data[i]))
    );
  }
}

/**
 * Fills in the one extent that was given as -1.
 *
 * @param shape - The wanted extents.
 * @param size - The number of elements that they must hold.
 * @returns The full shape.
 * @throws ShapeMismatchError when it cannot hold exactly that many.
 */
export function resolveShape(shape: Shape, size: number): Shape {
  const unknown = shape.indexOf(-1);
  const known = sizeOf(shape.filter((extent) => extent !== -1));
  const full = unknown < 0 ? shape : shape.with(unknown, known > 0 ? size / known : 0);
  if (
    shape.filter((extent) => extent === -1).length > 1 ||
    !full.every((extent) => Number.isInteger(extent) && extent >= 0) ||
    sizeOf(full) !== size
  ) {
    throw new ShapeMismatchError(
      `The new shape must hold the ${countOf(size, "element")} of the array. Received: shape=${formatShape(shape)}.`,
    );
  }
  return full;
}

const integerRanges = { int32: [-(2 ** 31), 2 ** 31 - 1], uint8: [0, 255], int8: [-128, 127] } as const;

/** What a number is as an element of a dtype; the array itself rounds to float32 or cuts toward zero. */
function toElement(value: number, dtype: DType): number {
  if (dtype === "float32") return value;
  if (dtype === "bool") return Number(value !== 0);
  const [smallest, largest] = integerRanges[dtype];
  return Math.min(Math.max(value, smallest), largest);
}

/** The shape that the first branches of nested arrays announce. */
export function nestedShape(values: unknown): Shape {
  const shape: number[] = [];
  let level: unknown = values;
  while (Array.isArray(level)) {
    shape.push(level.length);
    level = level[0];
  }
  if (isNumberArray(level)) shape.push(level.length);
  return shape;
}

/**
 * Visits the numbers of nested arrays in row-major order.
 *
 * @param values - Nested arrays of the given shape.
 * @param shape - What `nestedShape` announced.
 * @param visit - Called with each number (booleans as 0 and 1), its flat index, and whether it was a boolean.
 * @throws ShapeMismatchError at the first place that deviates; InvalidArgumentError for what is no number.
 */
export function flattenInto(values: unknown, shape: Shape, visit: (value: number, index: number, isTruth: boolean) => void): void {
  let index = 0;
  const walk = (level: unknown, axis: number, path: string): void => {
    if (axis < shape.length) {
      const isTyped = isNumberArray(level);
      if (!(isTyped || Array.isArray(level)) || level.length !== shape[axis]) {
        throw new ShapeMismatchError(
          `Nested arrays must be rectangular: values${path} must be an array of ${countOf(shape[axis] as number, "element")} like its first sibling. Received: ${describeValue(level)}. Pad the shorter ones, or use a bag lookup for lists of different lengths.`,
        );
      }
      // Typed arrays hold numbers for certain; the path of each is not worth its making.
      if (isTyped && axis === shape.length - 1) for (const value of level) visit(value, index++, false);
      else for (let i = 0; i < level.length; i++) walk(level[i], axis + 1, `${path}[${i}]`);
      return;
    }
    if (typeof level !== "number" && typeof level !== "boolean") {
      if (Array.isArray(level) || isNumberArray(level))
        throw new ShapeMismatchError(`Nested arrays must be rectangular: values${path} is an array where its first sibling is a number.`);
      throw new InvalidArgumentError(
        `Elements must be numbers or booleans. Received: values${path}=${describeValue(level)} (of type ${typeof level}).`,
      );
    }
    visit(Number(level), index++, typeof level === "boolean");
  };
  walk(values, 0, "");
}
