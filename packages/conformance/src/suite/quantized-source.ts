import type { QuantizedKind, QuantizedRows } from "@rowan/api";
import type { Session } from "./session.ts";

/** A layout of rows. */
export interface QuantizedLayout {
  readonly kind: QuantizedKind;
  /** Of `"int4"` with zero points: how many columns share them. */
  readonly block?: number;
}

/** Every layout that the contract has; blocks that divide rows, that do not, that are odd and even, and longer than a row. */
export const layouts: readonly QuantizedLayout[] = [
  { kind: "int8" },
  { kind: "int4" },
  ...[1, 3, 8, 24, 128].map((block) => ({ kind: "int4", block }) as const),
  { kind: "float16" },
  { kind: "bfloat16" },
];

/**
 * A layout's name for a report.
 *
 * @param layout - The layout.
 * @returns For example `"int4 in blocks of 3"`.
 */
export function nameOf({ kind, block }: QuantizedLayout): string {
  return block === undefined ? kind : `${kind} in blocks of ${block}`;
}

/**
 * Random quantized rows whose values lie between -2 and 2.
 *
 * @param session - Owns the tensors.
 * @param layout - How they are stored.
 * @param rows - How many.
 * @param dim - Values in a row.
 * @param change - Gets the scales to change some of them.
 * @returns The rows.
 */
export function quantizedRows(
  session: Session,
  { kind, block }: QuantizedLayout,
  rows: number,
  dim: number,
  change: (scale: Float32Array) => void = () => undefined,
): QuantizedRows {
  const { random } = session;
  if (kind === "float16" || kind === "bfloat16") {
    return { kind, dim, block: dim, data: session.tensor(halfBytes(kind, random.floats(rows * dim)), [rows, 2 * dim], "uint8") };
  }
  const data = session.values([rows, kind === "int8" ? dim : Math.ceil(dim / 2)], "int8");
  const groups = block === undefined ? 1 : Math.ceil(dim / block);
  // A scale divides where there is no zero point, and multiplies where there is one.
  const scale = random.floats(rows * groups, 0.5, 1).map((x) => (block === undefined ? (kind === "int8" ? 128 * x : 8 * x) : x / 10));
  change(scale);
  const shared = { kind, dim, data, scale: session.tensor(scale, [rows, groups]) };
  if (block === undefined) return { ...shared, block: dim };
  return { ...shared, block, zero: session.tensor(random.integers(rows * groups, -8, 7), [rows, groups], "int8") };
}

/** Bytes of floats below 2: for bfloat16 the upper half of a float32, for float16 any bits below those of 2. */
function halfBytes(kind: "float16" | "bfloat16", floats: Float32Array): Uint8Array {
  const words = new Uint32Array(floats.buffer);
  return Uint8Array.from({ length: 2 * floats.length }, (_, i) => {
    const word = words[i >> 1] as number;
    const half = kind === "bfloat16" ? word >>> 16 : (word >>> 3) & 0xbfff;
    return (half >>> (8 * (i & 1))) & 255;
  });
}
