import { DTypeError, describeValue } from "../errors.ts";

/** What an element of a tensor is. `bool` takes one byte, 0 or 1. */
export type DType = "float32" | "int32" | "uint8" | "int8" | "bool";

/** The array that holds values of a dtype on the host. */
export type TypedArray = Float32Array | Int32Array | Uint8Array | Int8Array;

/** Typed arrays whose values can be converted, beside those that a dtype holds as they are. */
export type NumberArray = TypedArray | Float64Array | Uint8ClampedArray | Int16Array | Uint16Array | Uint32Array;

/**
 * Whether a value is a typed array of numbers.
 *
 * @param value - Anything.
 * @returns False for bigints and for a DataView.
 */
export function isNumberArray(value: unknown): value is NumberArray {
  return ArrayBuffer.isView(value) && "length" in value && !(value instanceof BigInt64Array) && !(value instanceof BigUint64Array);
}

interface TypedArrayOf {
  readonly float32: Float32Array;
  readonly int32: Int32Array;
  readonly uint8: Uint8Array;
  readonly int8: Int8Array;
  readonly bool: Uint8Array;
}

/** The host array of one dtype. */
export type ArrayOf<D extends DType> = TypedArrayOf[D];

const constructors = {
  float32: Float32Array,
  int32: Int32Array,
  uint8: Uint8Array,
  int8: Int8Array,
  bool: Uint8Array,
} as const;

/** Every dtype, in a fixed order. */
export const dtypes: readonly DType[] = ["float32", "int32", "uint8", "int8", "bool"];

/**
 * Bytes of one element.
 *
 * @param dtype - Which dtype.
 * @returns 1 or 4.
 */
export function bytesPerElement(dtype: DType): number {
  return constructors[dtype].BYTES_PER_ELEMENT;
}

/**
 * A zeroed host array.
 *
 * @param dtype - Which dtype.
 * @param length - How many elements.
 * @returns The array.
 */
export function createTypedArray<D extends DType>(dtype: D, length: number): ArrayOf<D> {
  return new constructors[dtype](length) as ArrayOf<D>;
}

/**
 * A view of a dtype over existing memory.
 *
 * @param dtype - Which dtype.
 * @param buffer - The memory.
 * @param byteOffset - Where the view starts; a multiple of the element's size.
 * @param length - How many elements.
 * @returns The view; it copies nothing.
 */
export function viewTypedArray<D extends DType>(dtype: D, buffer: ArrayBufferLike, byteOffset: number, length: number): ArrayOf<D> {
  return new constructors[dtype](buffer as ArrayBuffer, byteOffset, length) as ArrayOf<D>;
}

/**
 * The dtype that a typed array holds as it is.
 *
 * @param array - A host array.
 * @returns Its dtype, or undefined for kinds that Rowan has no dtype for (Float64Array, Uint32Array, ...).
 */
export function dtypeOf(array: ArrayBufferView): DType | undefined {
  if (array instanceof Float32Array) return "float32";
  if (array instanceof Int32Array) return "int32";
  if (array instanceof Uint8Array) return "uint8";
  if (array instanceof Int8Array) return "int8";
  return undefined;
}

/**
 * Checks a dtype that came from a caller.
 *
 * @param value - What was received.
 * @returns The same value, typed.
 * @throws DTypeError when it is not one of Rowan's dtypes.
 */
export function checkDType(value: unknown): DType {
  if (dtypes.includes(value as DType)) return value as DType;
  throw new DTypeError(`\`dtype\` must be one of ${dtypes.join(", ")}. Received: dtype=${describeValue(value)}.`);
}
