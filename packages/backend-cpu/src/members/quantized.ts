import { sizeOf } from "@rowan/api";
import type { Backend, BagMode, QuantizedRows } from "@rowan/api";
import type { Context } from "../context.ts";

type QuantizedMembers = Pick<Backend, "gatherQuantized" | "gatherReduceQuantized">;

const modes: Record<BagMode, number> = { sum: 0, mean: 1, sqrtn: 2, max: 3 };

/**
 * How the kernels call a layout of quantized rows.
 *
 * @param rows - Their kind, and whether they have zero points.
 * @returns 0 int8, 1 int4, 2 int4 in blocks with zero points, 3 float16, 4 bfloat16.
 */
export function rowCode({ kind, zero }: Pick<QuantizedRows, "kind" | "zero">): number {
  if (kind === "int4") return zero ? 2 : 1;
  return { int8: 0, float16: 3, bfloat16: 4 }[kind];
}

/**
 * The arguments of a kernel that say where quantized rows are; what a layout does not have is never read.
 *
 * @param context - Memory.
 * @param source - The rows.
 * @returns Their layout, as `rowCode` gives it, and three addresses or arrays.
 */
export function codedRows<F, I, U>(context: Context<F, I, U>, source: QuantizedRows): readonly [code: number, data: U, scale: F, zeros: U] {
  const data = context.block(source.data);
  return [
    rowCode(source),
    data.u8,
    source.scale ? context.block(source.scale).f32 : data.f32,
    source.zero ? context.block(source.zero).u8 : data.u8,
  ];
}

/**
 * Rows in fewer bytes.
 *
 * @param context - Kernels and memory.
 * @returns Members of the contract.
 */
export function quantizedMembers<F, I, U>(context: Context<F, I, U>): Required<QuantizedMembers> {
  const { kernels } = context;

  return {
    gatherQuantized(source, ids, into) {
      const count = sizeOf(ids.shape);
      const out = context.result("float32", count * source.dim, into);
      const block = Math.min(source.block, source.dim);
      kernels.gatherCoded(...codedRows(context, source), context.block(ids).i32, out.f32, count, source.dim, block);
      return out;
    },
    gatherReduceQuantized({ source, ids, offsets, weights, mode, into }) {
      const bags = sizeOf(offsets.shape) - 1;
      const out = context.result("float32", bags * source.dim, into);
      kernels.foldCoded(
        ...codedRows(context, source),
        context.block(ids).i32,
        context.block(offsets).i32,
        weights ? context.block(weights).f32 : out.f32,
        Number(weights !== undefined),
        out.f32,
        bags,
        source.dim,
        Math.min(source.block, source.dim),
        modes[mode],
      );
      return out;
    },
  };
}
