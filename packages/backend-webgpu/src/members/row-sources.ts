import { InternalError, sizeOf } from "@rowan/api";
import type { QuantizedRows, TensorRef } from "@rowan/api";
import type { ColumnWidth, RowKind } from "../kernels/row-source.ts";
import type { Steps } from "../order/steps.ts";
import type { Block } from "../storage/gpu-tensor.ts";
import { countUp } from "./device-rows.ts";
import type { Keep, MemberContext } from "./member-context.ts";
import { gatherRowsOf } from "./rows.ts";

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

/**
 * Quantized rows of a table that no single block holds are brought together as they are stored; each of them is then used once.
 *
 * @param context - The device and its memory.
 * @param source - The rows.
 * @param ids - Int32, valid.
 * @param keep - Marks what ends with the work.
 * @returns Rows in one block, and ids in them.
 */
export function* quantizedInOneBlock(
  context: MemberContext,
  source: QuantizedRows,
  ids: TensorRef,
  keep: Keep,
): Steps<{ readonly source: QuantizedRows; readonly ids: TensorRef }> {
  const { data, scale, zero } = source;
  const count = sizeOf(ids.shape);
  if ([data, scale, zero].every((ref) => ref === undefined || context.isInOneBlock(ref))) return { source, ids };
  const near = function* (ref: TensorRef): Steps<TensorRef> {
    return { handle: keep(yield* gatherRowsOf(context, ref, ids)), shape: [count, ...ref.shape.slice(1)], dtype: ref.dtype };
  };
  const [nearData, nearScale, nearZero] = [yield* near(data), scale && (yield* near(scale)), zero && (yield* near(zero))];
  return {
    source: { ...source, data: nearData, ...(nearScale && { scale: nearScale }), ...(nearZero && { zero: nearZero }) },
    ids: { handle: keep(countUp(context, count)), shape: [count], dtype: "int32" },
  };
}

/**
 * Rows of a table that no single block holds are brought together; each of them is then used once.
 *
 * @param context - The device and its memory.
 * @param source - Float32 `[rows, dim]`.
 * @param ids - Int32, valid.
 * @param keep - Marks what ends with the work.
 * @returns Rows in one block, and ids in them.
 */
export function* rowsInOneBlock(
  context: MemberContext,
  source: TensorRef,
  ids: TensorRef,
  keep: Keep,
): Steps<{ readonly rows: TensorRef; readonly ids: TensorRef }> {
  const count = sizeOf(ids.shape);
  if (context.isInOneBlock(source)) return { rows: source, ids };
  const shape = [count, source.shape[1] as number];
  return {
    rows: { handle: keep(yield* gatherRowsOf(context, source, ids)), shape, dtype: "float32" },
    ids: { handle: keep(countUp(context, count)), shape: [count], dtype: "int32" },
  };
}

/**
 * Quantized rows of the caller, as `MemberContext.hold` takes them.
 *
 * @param context - The device and its memory.
 * @param source - The rows.
 * @returns The same.
 */
export function holdQuantized(context: MemberContext, source: QuantizedRows): QuantizedRows {
  const { data, scale, zero } = source;
  return {
    ...source,
    data: context.hold(data),
    ...(scale && { scale: context.hold(scale) }),
    ...(zero && { zero: context.hold(zero) }),
  };
}
