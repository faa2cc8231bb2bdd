import { sizeOf } from "@rowan/api";
import type { Backend, TensorRef } from "@rowan/api";
import type { Context } from "../context.ts";
import { boxMembers } from "./boxes.ts";

/**
 * Products of matrices.
 *
 * @param context - Kernels and memory.
 * @returns Members of the contract.
 */
export function matmulMembers<F, I, U>(context: Context<F, I, U>): Pick<Backend, "matmul"> {
  const { kernels, storage } = context;
  const { permute } = boxMembers(context);

  /** The operand with its last two axes exchanged in memory. */
  function turned(x: TensorRef): TensorRef {
    const axes = x.shape.map((_, axis) => axis);
    axes.push(...axes.splice(-2).reverse());
    return { handle: permute(x, axes), shape: axes.map((axis) => x.shape[axis] as number), dtype: x.dtype };
  }

  const matmul: Backend["matmul"] = (a, b, transposeA, transposeB) => {
    if (transposeA && transposeB) {
      // No order of loops reads both operands along their rows.
      const straight = turned(b);
      try {
        return matmul(a, straight, true, false);
      } finally {
        storage.free(context.block(straight));
      }
    }
    const [m, k] = lastTwo(a, transposeA);
    const [, n] = lastTwo(b, transposeB);
    const batches = sizeOf((a.shape.length > b.shape.length ? a : b).shape.slice(0, -2));
    const out = context.result("float32", batches * m * n);
    const [x, y] = [context.block(a).f32, context.block(b).f32];
    const [strideA, strideB] = [a.shape.length > 2 ? m * k : 0, b.shape.length > 2 ? k * n : 0];
    // A stack of matrices times one matrix is one tall matrix times it.
    const rows = strideB === 0 && !transposeA ? batches * m : m;
    const [count, nextA] = rows === m ? [batches, strideA] : [1, 0];
    kernels.matmul(x, y, out.f32, count, nextA, strideB, rows, n, k, Number(transposeA), Number(transposeB), 0, rows);
    return out;
  };
  return { matmul };
}

function lastTwo(tensor: TensorRef, transpose: boolean): [number, number] {
  const [rows, columns] = tensor.shape.slice(-2) as [number, number];
  return transpose ? [columns, rows] : [rows, columns];
}
