import { sizeOf } from "@rowan/api";
import type { Backend, Handle, Shape, TensorRef } from "@rowan/api";
import { plainMatmul } from "../kernels/matmul.wgsl.ts";
import type { MemberContext } from "./member-context.ts";

/** From this inner extent on TensorFlow.js splits small products and adds the parts by atomics, in no fixed order. */
const splitFrom = 2000;

/** How products of matrices are computed: by the tiled kernels of TensorFlow.js, or one element of the result after another. */
export type Products = "tiled" | "plain";

/**
 * Products of matrices.
 *
 * @param context - The device and its memory.
 * @param products - How.
 * @returns This member of the contract.
 */
export function matmulMembers(context: MemberContext, products: Products): Pick<Backend, "matmul"> {
  const { tf } = context.gpu;
  const usual = tf.thresholdToIncreaseWorkgroups;
  return {
    matmul(a, b, transposeA, transposeB): Handle {
      const rows = a.shape.at(transposeA ? -1 : -2) as number;
      const inner = a.shape.at(transposeA ? -2 : -1) as number;
      const columns = b.shape.at(transposeB ? -2 : -1) as number;
      const batch = a.shape.length > b.shape.length ? a.shape.slice(0, -2) : b.shape.slice(0, -2);
      const length = sizeOf(batch) * rows * columns;
      // A sum of nothing is 0.
      if (length === 0 || inner === 0) return context.storage.allocate("float32", length);
      if (products === "plain") {
        const result = context.result("float32", length);
        const isBatched = (x: TensorRef): number => Number(sizeOf(x.shape.slice(0, -2)) > 1);
        const numbers = [
          ...[length, rows, columns, inner],
          ...[isBatched(a) * rows * inner, transposeA ? 1 : inner, transposeA ? rows : 1],
          ...[isBatched(b) * inner * columns, transposeB ? inner : 1, transposeB ? 1 : columns],
        ];
        context.run(plainMatmul, numbers, [context.block(a), context.block(b), ...result.blocks], length);
        return result;
      }
      // At 0 it never looks for ways to make more workgroups, of which atomics are one. The object is our own.
      tf.thresholdToIncreaseWorkgroups = inner >= splitFrom ? 0 : usual;
      const flat = (shape: Shape): Shape => [sizeOf(shape.slice(0, -2)), ...shape.slice(-2)];
      const inputs = { a: context.info(a, flat(a.shape)), b: context.info(b, flat(b.shape)) };
      return context.runTfjs("BatchMatMul", inputs, { transposeA, transposeB }, "float32");
    },
  };
}
