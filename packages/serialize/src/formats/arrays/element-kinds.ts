import { DTypeError } from "@rowan/api";
import type { DType } from "@rowan/api";

/** What an element is in a file, without its byte order: NumPy's letters, and `bf` for bfloat16. */
export type ElementKind = "f4" | "f8" | "f2" | "bf" | "i1" | "u1" | "i2" | "u2" | "i4" | "u4" | "i8" | "u8" | "b1";

const widths: Readonly<Record<ElementKind, number>> = {
  f4: 4,
  f8: 8,
  f2: 2,
  bf: 2,
  i1: 1,
  u1: 1,
  i2: 2,
  u2: 2,
  i4: 4,
  u4: 4,
  i8: 8,
  u8: 8,
  b1: 1,
};

/** The dtype of an array that holds elements of a kind; half floats and float64 become float32. */
const dtypes: Readonly<Record<ElementKind, DType>> = {
  f4: "float32",
  f8: "float32",
  f2: "float32",
  bf: "float32",
  i1: "int8",
  u1: "uint8",
  i2: "int32",
  u2: "int32",
  i4: "int32",
  u4: "int32",
  i8: "int32",
  u8: "int32",
  b1: "bool",
};

/** Every kind. */
export const elementKinds: readonly ElementKind[] = Object.keys(widths) as ElementKind[];

/**
 * The bytes of an element.
 *
 * @param kind - Its kind.
 * @returns 1, 2, 4 or 8.
 */
export function widthOf(kind: ElementKind): number {
  return widths[kind];
}

/**
 * The dtype under which elements of a kind are held.
 *
 * @param kind - Their kind.
 * @returns The dtype.
 */
export function dtypeOfKind(kind: ElementKind): DType {
  return dtypes[kind];
}

let halves: Float32Array | undefined;

/** All float16 values by their bits: 256 KiB, made at the first use, and ten times as fast as arithmetic. */
function halfTable(): Float32Array {
  if (halves) return halves;
  halves = new Float32Array(1 << 16);
  for (let bits = 0; bits < 1 << 16; bits++) {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 31;
    const mantissa = bits & 0x3ff;
    if (exponent === 31) halves[bits] = mantissa ? NaN : sign * Infinity;
    else halves[bits] = sign * (exponent === 0 ? mantissa * 2 ** -24 : (mantissa + 1024) * 2 ** (exponent - 25));
  }
  return halves;
}

type Numbers = Float32Array | Float64Array | Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array;

/**
 * Elements as numbers, of little-endian bytes on a machine of that order.
 *
 * @param kind - What they are.
 * @param bytes - A whole number of elements at an address that their width divides; see `aligned`.
 * @param into - Where they go, rounded to what it holds.
 * @param offset - Where in it.
 */
export function copyElements(
  kind: ElementKind,
  bytes: Uint8Array,
  into: Float32Array | Int32Array | Int8Array | Uint8Array,
  offset: number,
): void {
  const { buffer, byteOffset, length } = bytes;
  const count = length / widths[kind];
  if (kind === "f2" || kind === "bf") {
    const bits = new Uint16Array(buffer, byteOffset, count);
    if (kind === "f2") {
      const table = halfTable();
      for (let i = 0; i < count; i++) into[offset + i] = table[bits[i] as number] as number;
    } else {
      const words = new Uint32Array(into.buffer, into.byteOffset + 4 * offset, count);
      for (let i = 0; i < count; i++) words[i] = (bits[i] as number) << 16;
    }
  } else if (kind === "i8" || kind === "u8") {
    const words = new Int32Array(buffer, byteOffset, 2 * count);
    const isFloat = into instanceof Float32Array;
    for (let i = 0; i < count; i++) {
      const low = words[2 * i] as number;
      const high = words[2 * i + 1] as number;
      const value = (kind === "u8" ? high >>> 0 : high) * 2 ** 32 + (low >>> 0);
      if (!isFloat) checkInt32(value);
      into[offset + i] = value;
    }
  } else if (kind === "b1") {
    for (let i = 0; i < count; i++) into[offset + i] = bytes[i] === 0 ? 0 : 1;
  } else {
    const values = viewOf(kind, buffer, byteOffset, count);
    if (kind === "u4" && !(into instanceof Float32Array)) values.forEach(checkInt32);
    into.set(values, offset);
  }
}

function viewOf(
  kind: Exclude<ElementKind, "f2" | "bf" | "i8" | "u8" | "b1">,
  buffer: ArrayBufferLike,
  offset: number,
  count: number,
): Numbers {
  switch (kind) {
    case "f4":
      return new Float32Array(buffer, offset, count);
    case "f8":
      return new Float64Array(buffer, offset, count);
    case "i1":
      return new Int8Array(buffer, offset, count);
    case "u1":
      return new Uint8Array(buffer, offset, count);
    case "i2":
      return new Int16Array(buffer, offset, count);
    case "u2":
      return new Uint16Array(buffer, offset, count);
    case "i4":
      return new Int32Array(buffer, offset, count);
    case "u4":
      return new Uint32Array(buffer, offset, count);
  }
}

function checkInt32(value: number): void {
  if (value === (value | 0)) return;
  throw new DTypeError(`Integers are read as int32. Received: ${value}. Convert the array in Python, with .astype("float32") for example.`);
}
