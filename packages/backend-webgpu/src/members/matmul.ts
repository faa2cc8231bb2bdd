import { sizeOf } from "@rowan/api";
import type { Backend, Handle, Shape } from "@rowan/api";
import type { MemberContext } from "./member-context.ts";

/** From this inner extent on TensorFlow.js splits small products and adds the parts by atomics, in no fixed order. */
const splitFrom = 2000;

/**
 * `matmul`, by the tiled kernels of TensorFlow.js.
 *
 * @param context - The device and its memory.
 * @returns This member of the contract.
 */
export function matmulMembers(context: MemberContext): Pick<Backend, "matmul"> {
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
      // At 0 it never looks for ways to make more workgroups, of which atomics are one. The object is our own.
      tf.thresholdToIncreaseWorkgroups = inner >= splitFrom ? 0 : usual;
      const flat = (shape: Shape): Shape => [sizeOf(shape.slice(0, -2)), ...shape.slice(-2)];
      const inputs = { a: context.info(a, flat(a.shape)), b: context.info(b, flat(b.shape)) };
      return context.runTfjs("BatchMatMul", inputs, { transposeA, transposeB }, "float32");
    },
  };
}
