import { where as whereHandle } from "../backend/defaults.ts";
import { broadcastShapes, sizeOf } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import { multiply } from "./arithmetic.ts";
import { asTensor, commonBackend, operandPair, requireDType } from "./operands.ts";
import type { TensorLike } from "./operands.ts";
import { record } from "./tape.ts";
import { add } from "./arithmetic.ts";

/**
 * `condition ? a : b`, elementwise with broadcasting. What is not chosen leaves no trace, not even a NaN, in value or gradient.
 *
 * @param condition - Bool.
 * @param a - Chosen where the condition is true.
 * @param b - Chosen where it is false; the dtype of a.
 * @returns The broadcast shape of all three.
 */
export function where(condition: Tensor, a: TensorLike, b: TensorLike): Tensor {
  requireDType("where", condition, "bool");
  const backend = commonBackend([condition, a, b]);
  const anchor = a instanceof Tensor ? a.dtype : b instanceof Tensor ? b.dtype : "float32";
  const [x, y] = operandPair("where", asTensor(a, backend, anchor), asTensor(b, backend, anchor));
  const shape = broadcastShapes(condition.shape, broadcastShapes(x.shape, y.shape));
  const output = Tensor.own(backend, whereHandle(backend, condition, x, y, shape), shape, x.dtype);
  if (x.dtype !== "float32") return output;
  // The operands are spread out first, so that broadcasting's gradient is that of multiply and the choice's gradient is a choice.
  if (sizeOf(x.shape) !== sizeOf(shape) || sizeOf(y.shape) !== sizeOf(shape)) return spread(condition, x, y, shape, output);
  return record(output, [x, y], (gradient) => [where(condition, gradient, 0), where(condition, 0, gradient)]);
}

function spread(condition: Tensor, x: Tensor, y: Tensor, shape: readonly number[], output: Tensor): Tensor {
  output.dispose();
  const ones = add(Tensor.own(x.backend, x.backend.allocate("float32", sizeOf(shape)), shape, "float32"), 1);
  return where(condition, multiply(x, ones), multiply(y, ones));
}
