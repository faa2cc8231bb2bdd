/** Gradient clipping, with Keras' formulas (keras/src/utils/clip... of Keras 3: base_optimizer.clip_by_norm, clip_by_global_norm). */
import { add, divide, maximum, minimum, multiply, subtract } from "../ops/arithmetic.ts";
import { clip } from "../ops/clip.ts";
import { sum } from "../ops/reduction.ts";
import { sqrt, square } from "../ops/unary.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** How gradients are limited before an update; at most one of the three. */
export interface ClipOptions {
  /** The largest norm of each variable's gradient. */
  readonly clipnorm?: number | null;
  /** The largest absolute value of an element. */
  readonly clipvalue?: number | null;
  /** The largest norm of all gradients together. */
  readonly globalClipnorm?: number | null;
}

/**
 * Limits gradients. A table's summed rows stand for its whole gradient: the other rows are zero and change no norm.
 *
 * @param values - Float32 gradients.
 * @param options - At most one limit.
 * @returns The limited gradients in the same order. Nothing is read back: norms stay on the backend.
 */
export function clipGradients(values: readonly Tensor[], options: ClipOptions): readonly Tensor[] {
  const { clipnorm, clipvalue, globalClipnorm } = options;
  if (clipnorm) return values.map((value) => divide(multiply(value, clipnorm), maximum(sqrt(sum(square(value))), clipnorm)));
  if (globalClipnorm) {
    const squares = values.map((value) => sum(square(value)));
    const norm = sqrt(squares.reduce((a, b) => add(a, b)));
    const limited = multiply(minimum(divide(1, norm), 1 / globalClipnorm), globalClipnorm);
    // As in Keras: an infinite norm makes the scale NaN, so that it is seen.
    const scale = add(limited, subtract(norm, norm));
    return values.map((value) => multiply(value, scale));
  }
  if (clipvalue) return values.map((value) => clip(value, -clipvalue, clipvalue));
  return values;
}
