import { sizeOf } from "@rowan/api";
import type { Backend, ReduceOp } from "@rowan/api";
import type { Context } from "../context.ts";
import type { Block } from "../storage.ts";

type ReduceMembers = Pick<Backend, "reduce" | "topK">;

/**
 * Reductions and order.
 *
 * @param context - Kernels and memory.
 * @returns Members of the contract.
 */
export function reduceMembers<F, I, U>(context: Context<F, I, U>): Required<ReduceMembers> {
  const { kernels, storage } = context;

  function reduceMiddle(op: ReduceOp, x: Block<F, I, U>, integer: boolean, outer: number, extent: number, inner: number): Block<F, I, U> {
    const out = context.result("float32", outer * inner);
    if (op === "argMax") {
      if (integer) kernels.argMaxI32(x.i32, out.i32, outer, extent, inner);
      else kernels.argMaxF32(x.f32, out.i32, outer, extent, inner);
    } else if (integer) kernels[`${op}I32`](x.i32, out.i32, outer, extent, inner);
    else kernels[`${op}F32`](x.f32, out.f32, outer, extent, inner);
    return out;
  }

  return {
    reduce(op, x, axes) {
      const integer = x.dtype === "int32";
      const groups = adjacent(axes);
      if (groups.length === 0) groups.push([x.shape.length, x.shape.length]);
      let block = context.block(x);
      // From the last group on, so that the extents in front stay as they are.
      for (let inner = 1, end = x.shape.length, g = groups.length - 1; g >= 0; g--) {
        const [from, to] = groups[g] as [number, number];
        inner *= sizeOf(x.shape.slice(to, end));
        const before = block;
        try {
          block = reduceMiddle(op, before, integer, sizeOf(x.shape.slice(0, from)), sizeOf(x.shape.slice(from, to)), inner);
        } finally {
          if (before !== context.block(x)) storage.free(before);
        }
        end = from;
      }
      return block;
    },
    topK(x, k) {
      const [rows, n] = x.shape as [number, number];
      const values = context.result("float32", rows * k);
      try {
        const indices = context.result("int32", rows * k);
        kernels.topK(context.block(x).f32, values.f32, indices.i32, rows, n, k);
        return { values, indices };
      } catch (error) {
        storage.free(values);
        throw error;
      }
    },
  };
}

/** Sorted axes as ranges `[from, to)` of neighbours. */
function adjacent(axes: readonly number[]): [number, number][] {
  const groups: [number, number][] = [];
  for (const axis of axes) {
    const last = groups.at(-1);
    if (last?.[1] === axis) last[1] = axis + 1;
    else groups.push([axis, axis + 1]);
  }
  return groups;
}
