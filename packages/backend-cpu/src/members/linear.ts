import { sizeOf } from "@rowan/api";
import type { Backend, ReduceOp, TensorRef } from "@rowan/api";
import type { Context } from "../context.ts";
import type { Block } from "../storage.ts";

type LinearMembers = Pick<Backend, "matmul" | "reduce" | "topK">;

/**
 * Products, reductions and order.
 *
 * @param context - Kernels and memory.
 * @returns Members of the contract.
 */
export function linearMembers<F, I, U>(context: Context<F, I, U>): Required<LinearMembers> {
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
    matmul(a, b, transposeA, transposeB) {
      const [m, k] = lastTwo(a, transposeA);
      const [, n] = lastTwo(b, transposeB);
      const [batchesA, batchesB] = [sizeOf(a.shape.slice(0, -2)), sizeOf(b.shape.slice(0, -2))];
      const batches = a.shape.length > b.shape.length ? batchesA : batchesB;
      const out = context.result("float32", batches * m * n);
      const [x, y] = [context.block(a).f32, context.block(b).f32];
      const [strideA, strideB] = [a.shape.length > 2 ? m * k : 0, b.shape.length > 2 ? k * n : 0];
      // A stack of matrices times one matrix is one tall matrix times it.
      if (strideB === 0 && !transposeA) kernels.matmul(x, y, out.f32, 1, 0, 0, batches * m, n, k, 0, Number(transposeB));
      else kernels.matmul(x, y, out.f32, batches, strideA, strideB, m, n, k, Number(transposeA), Number(transposeB));
      return out;
    },
    reduce(op, x, axes) {
      const integer = x.dtype === "int32";
      const groups = adjacent(axes);
      if (groups.length === 0) groups.push([x.shape.length, x.shape.length]);
      let block = context.block(x);
      // From the last group on, so that the extents in front stay as they are.
      for (let inner = 1, end = x.shape.length, g = groups.length - 1; g >= 0; g--) {
        const [from, to] = groups[g] as [number, number];
        inner *= sizeOf(x.shape.slice(to, end));
        const reduced = reduceMiddle(op, block, integer, sizeOf(x.shape.slice(0, from)), sizeOf(x.shape.slice(from, to)), inner);
        if (block !== context.block(x)) storage.free(block);
        block = reduced;
        end = from;
      }
      return block;
    },
    topK(x, k) {
      const [rows, n] = x.shape as [number, number];
      const values = context.result("float32", rows * k);
      const indices = context.result("int32", rows * k);
      kernels.topK(context.block(x).f32, values.f32, indices.i32, rows, n, k);
      return { values, indices };
    },
  };
}

function lastTwo(tensor: TensorRef, transpose: boolean): [number, number] {
  const [rows, columns] = tensor.shape.slice(-2) as [number, number];
  return transpose ? [columns, rows] : [rows, columns];
}

/** Sorted axes as ranges `[from, to)` of neighbours. */
function adjacent(axes: readonly number[]): [number, number][] {
  const groups: [number, number][] = [];
  for (const axis of axes) {
    const last = groups.at(-1);
    if (last && last[1] === axis) last[1] = axis + 1;
    else groups.push([axis, axis + 1]);
  }
  return groups;
}
