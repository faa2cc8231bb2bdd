/** Rows as a table stores them, floats or quantized: one way to read both. */
import type { GatherReduceArgs } from "../backend/backend.ts";
import { gatherQuantized, gatherReduceQuantized } from "../backend/defaults.ts";
import { Tensor } from "../tensor/tensor.ts";
import { QuantizedTensors } from "./quantization/quantized-tensors.ts";

/** Rows on a backend: a float32 tensor `[rows, dim]`, or quantized ones. */
export type StoredRows = Tensor | QuantizedTensors;

/** Stored rows, and which of them is wanted at each position. */
export interface StoredSelection {
  readonly source: StoredRows;
  /** Row numbers of `source`. */
  readonly ids: Int32Array;
}

/**
 * Rows by their numbers, as float32.
 *
 * @param source - Where they are.
 * @param ids - Int32 of any shape, valid.
 * @param into - Where they go; new memory when left out.
 * @returns Float32 `[...ids.shape, dim]`; `into` where that was given.
 */
export function gatherRows(source: StoredRows, ids: Tensor, into?: Tensor): Tensor {
  const { backend } = source;
  if (source instanceof QuantizedTensors) {
    const handle = gatherQuantized(backend, source, ids, into?.handle);
    return into ?? Tensor.own(backend, handle, [...ids.shape, source.dim], "float32");
  }
  const handle = backend.gather(source, ids, into?.handle);
  return into ?? Tensor.own(backend, handle, [...ids.shape, ...source.shape.slice(1)], "float32");
}

/** Arguments of `reduceRows`: those of `gatherReduce`, over stored rows. */
export type ReduceRowsArgs = Omit<GatherReduceArgs, "source" | "into"> & { readonly source: StoredRows; readonly into?: Tensor };

/**
 * One row for each bag of ids, without the rows in between where the backend can.
 *
 * @param args - As of `gatherReduce`.
 * @returns Float32 `[bags, dim]`; `into` where that was given.
 */
export function reduceRows({ source, into, ...rest }: ReduceRowsArgs): Tensor {
  const { backend } = source;
  const target = into && { into: into.handle };
  const isQuantized = source instanceof QuantizedTensors;
  const handle = isQuantized
    ? gatherReduceQuantized(backend, { ...rest, ...target, source })
    : backend.gatherReduce({ ...rest, ...target, source });
  const dim = isQuantized ? source.dim : (source.shape[1] as number);
  return into ?? Tensor.own(backend, handle, [(rest.offsets.shape[0] as number) - 1, dim], "float32");
}
