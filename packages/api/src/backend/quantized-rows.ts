import type { BagMode, Handle, NearestRowsArgs, TensorRef } from "./backend.ts";

/** How the values of a table's rows are stored in fewer bytes. */
export type QuantizedKind = "int8" | "int4" | "float16" | "bfloat16";

/**
 * Rows in fewer bytes, and what makes float32 values of them:
 *
 * - `"int8"`: data int8 `[rows, dim]`, scale `[rows, 1]`; the value is `q / scale`, as in Keras.
 * - `"int4"`: data int8 `[rows, ceil(dim / 2)]`, two numbers from -8 to 7 a byte, the even column in the low four bits. Without `zero`,
 *   scale is `[rows, 1]` and the value `q / scale`. With `zero`, scale and zero are `[rows, ceil(dim / block)]`, one for each `block`
 *   columns, and the value is `(q - zero) * scale`.
 * - `"float16"` and `"bfloat16"`: data uint8 `[rows, 2 * dim]`, the bytes of each value with the lower one first.
 */
export interface QuantizedRows {
  readonly kind: QuantizedKind;
  /** The number of values in a row. */
  readonly dim: number;
  readonly data: TensorRef;
  /** Float32; of the integer kinds. */
  readonly scale?: TensorRef;
  /** Int8, of the shape of scale; of `"int4"` in blocks. */
  readonly zero?: TensorRef;
  /** How many columns share a scale; `dim` where a row has one. */
  readonly block: number;
}

/** Arguments of `gatherReduceQuantized`: those of `gatherReduce`, over quantized rows. */
export interface GatherReduceQuantizedArgs {
  readonly source: QuantizedRows;
  /** Int32 `[n]`: rows of the source, valid. */
  readonly ids: TensorRef;
  /** Int32 `[bags + 1]`, as in `gatherReduce`. */
  readonly offsets: TensorRef;
  /** Float32 `[n]`: a factor for each id; absent means 1. Never together with `max`. */
  readonly weights?: TensorRef;
  readonly mode: BagMode;
  /** Float32 `[bags, dim]` to write to, instead of a new handle. */
  readonly into?: Handle;
}

/** Arguments of `nearestQuantized`: those of `nearestRows`, over all of the quantized rows. */
export type NearestQuantizedArgs = Omit<NearestRowsArgs, "source"> & { readonly source: QuantizedRows };
