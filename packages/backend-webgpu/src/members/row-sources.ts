import { InternalError } from "@rowan/api";
import type { QuantizedRows, TensorRef } from "@rowan/api";
import type { ColumnWidth, RowKind } from "../kernels/row-source.ts";
import type { Block } from "../storage/gpu-tensor.ts";
import type { MemberContext } from "./member-context.ts";

/** Rows as kernels read them. */
export interface Rows {
  readonly kind: RowKind;
  readonly width: ColumnWidth;
  readonly dim: number;
  /** Buffers, in the order of `rowSource`. */
  readonly blocks: readonly Block[];
  /** The parameters of `rowSource`: columns in widths, dim, bytes of a row, scales of a row, columns of a scale. */
  readonly numbers: readonly number[];
}

function widthOf(dim: number): ColumnWidth {
  return dim % 4 === 0 ? 4 : 1;
}

/**
 * Float32 rows of one block.
 *
 * @param context - The device and its memory.
 * @param source - Float32 `[rows, dim]`.
 * @returns The rows.
 */
export function floatRows(context: MemberContext, source: TensorRef): Rows {
  const dim = source.shape[1] as number;
  const width = widthOf(dim);
  return { kind: "float32", width, dim, blocks: [context.block(source)], numbers: [dim / width, dim, 4 * dim, 1, dim] };
}

/**
 * Quantized rows of one block.
 *
 * @param context - The device and its memory.
 * @param source - The rows.
 * @returns The rows.
 */
export function quantizedRows(context: MemberContext, { kind, dim, data, scale, zero, block }: QuantizedRows): Rows {
  const width = widthOf(dim);
  const numbers = [dim / width, dim, data.shape[1] as number, scale?.shape[1] ?? 1, block];
  if (kind === "float16" || kind === "bfloat16") return { kind, width, dim, blocks: [context.block(data)], numbers };
  if (!scale) throw new InternalError(`rows of ${kind} need a scale.`);
  const blocks = [context.block(data), context.block(scale)];
  if (!zero) return { kind, width, dim, blocks, numbers };
  return { kind: "int4 in blocks", width, dim, blocks: [...blocks, context.block(zero)], numbers };
}
