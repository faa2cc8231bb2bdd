import type { QuantizedKind } from "@rowan/api";
import type { ParameterType } from "../gpu/kernel.ts";
import { mathFunctions } from "./math.ts";

/** How rows are stored: as floats, or in fewer bytes. Zero points make another kind of int4. */
export type RowKind = "float32" | QuantizedKind | "int4 in blocks";

/** How many columns of a row one work item takes. */
export type ColumnWidth = 1 | 4;

/** What a kernel needs to read rows: its bindings, its parameters, and a WGSL function `load(row, column)`. */
export interface RowSource {
  readonly reads: readonly string[];
  readonly parameters: Readonly<Record<string, ParameterType>>;
  readonly declarations: string;
  /** The type that `load` gives. */
  readonly type: string;
}

const byteAt = /* wgsl */ `
fn signedByte(at: u32) -> i32 { return extractBits(bitcast<i32>(source[at / 4u]), (at % 4u) * 8u, 8u); }
fn nibble(row: u32, column: u32) -> f32 {
  let at = row * p.rowBytes + column / 2u;
  return f32(extractBits(bitcast<i32>(source[at / 4u]), (at % 4u) * 8u + (column % 2u) * 4u, 4u));
}
`;

const half = /* wgsl */ `
fn half(at: u32) -> u32 { return extractBits(source[at / 2u], (at % 2u) * 16u, 16u); }
// All 65,536 patterns by hand: a conversion that the hardware has may drop denormal numbers, infinities and NaN.
fn float16(bits: u32) -> f32 {
  let sign = (bits & 0x8000u) << 16u;
  let exponent = (bits >> 10u) & 31u;
  let fraction = bits & 1023u;
  if (exponent == 0u) { return bitcast<f32>(sign | bitcast<u32>(f32(fraction) * 5.9604644775390625e-8)); }
  return bitcast<f32>(sign | (select(exponent + 112u, 255u, exponent == 31u) << 23u) | (fraction << 13u));
}
`;

/** One value of a row. */
const values: Readonly<Record<Exclude<RowKind, "float32">, string>> = {
  int8: "f32(signedByte(row * p.dim + column)) / scale[row]",
  int4: "nibble(row, column) / scale[row]",
  "int4 in blocks":
    "(nibble(row, column) - f32(extractBits(bitcast<i32>(zero[(row * p.groups + column / p.block) / 4u]), (row * p.groups + column / p.block) % 4u * 8u, 8u))) * scale[row * p.groups + column / p.block]",
  float16: "float16(half(row * p.dim + column))",
  bfloat16: "fromBits(half(row * p.dim + column) << 16u)",
};

const extraReads: Readonly<Record<RowKind, readonly string[]>> = {
  float32: [],
  int8: ["scale: array<f32>"],
  int4: ["scale: array<f32>"],
  "int4 in blocks": ["scale: array<f32>", "zero: array<u32>"],
  float16: [],
  bfloat16: [],
};

/**
 * How a kernel reads rows of a kind. Quantized values become floats as they are read: no float row is ever stored.
 *
 * @param kind - How the rows are stored.
 * @param width - How many columns `load` gives; rows of floats must be divisible by it.
 * @returns Bindings, parameters and the function `load(row: u32, column: u32)`, whose column counts in widths.
 */
export function rowSource(kind: RowKind, width: ColumnWidth): RowSource {
  const type = width === 1 ? "f32" : "vec4<f32>";
  const parameters = { columns: "u32", dim: "u32", rowBytes: "u32", groups: "u32", block: "u32" } as const;
  if (kind === "float32") {
    const load = `fn load(row: u32, column: u32) -> ${type} { return source[row * p.columns + column]; }`;
    return { reads: [`source: array<${type}>`], parameters, declarations: mathFunctions + load, type };
  }
  const each = [0, 1, 2, 3].map((k) => `value(row, column * 4u + ${k}u)`).join(", ");
  const load = width === 1 ? "value(row, column)" : `vec4<f32>(${each})`;
  const declarations = `${mathFunctions}${kind === "float16" || kind === "bfloat16" ? half : byteAt}
fn value(row: u32, column: u32) -> f32 { return ${values[kind]}; }
fn load(row: u32, column: u32) -> ${type} { return ${load}; }`;
  return { reads: ["source: array<u32>", ...extraReads[kind]], parameters, declarations, type };
}
