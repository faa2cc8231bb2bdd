import { bytesPerElement, sizeOf } from "@rowan/api";
import type { Backend, BagMode, TensorRef } from "@rowan/api";
import type { Context } from "../context.ts";

type RowMembers = Pick<Backend, "gather" | "gatherReduce" | "scatter">;

const modes: Record<Exclude<BagMode, "max">, number> = { sum: 0, mean: 1, sqrtn: 2 };

/**
 * Rows by id.
 *
 * @param context - Kernels and memory.
 * @returns Members of the contract.
 */
export function rowMembers<F, I, U>(context: Context<F, I, U>): Required<RowMembers> {
  const { kernels } = context;
  return {
    gather(source, ids, into) {
      const count = sizeOf(ids.shape);
      const row = rowLength(source);
      const out = context.result(source.dtype, count * row, into);
      kernels.gatherRows(context.block(source).u8, context.block(ids).i32, out.u8, count, row * bytesPerElement(source.dtype));
      return out;
    },
    gatherReduce({ source, ids, offsets, weights, mode, into }) {
      const bags = sizeOf(offsets.shape) - 1;
      const dim = rowLength(source);
      const out = context.result("float32", bags * dim, into);
      const [rows, at, bounds] = [context.block(source).f32, context.block(ids).i32, context.block(offsets).i32];
      if (mode === "max") kernels.maxBags(rows, at, bounds, out.f32, bags, dim);
      else
        kernels.sumBags(
          rows,
          at,
          bounds,
          weights ? context.block(weights).f32 : rows,
          Number(weights !== undefined),
          out.f32,
          bags,
          dim,
          modes[mode],
        );
      return out;
    },
    scatter(target, ids, rows) {
      const rowBytes = rowLength(target) * bytesPerElement(target.dtype);
      kernels.scatterRows(context.block(target).u8, context.block(ids).i32, context.block(rows).u8, sizeOf(ids.shape), rowBytes);
    },
  };
}

function rowLength(table: TensorRef): number {
  let length = 1;
  for (let axis = 1; axis < table.shape.length; axis++) length *= table.shape[axis] as number;
  return length;
}
