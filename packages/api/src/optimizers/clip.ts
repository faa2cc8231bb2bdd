/** Gradient clipping, with Keras' formulas (keras/src/utils/clip... of Keras 3: base_optimizer.clip_by_norm, clip_by_global_norm). */
import { add, divide, maximum, minimum, multiply, subtract } from "../ops/arithmetic.ts";
import { clip } from "../ops/clip.ts";
import { sum } from "../ops/reduction.ts";
import { sqrt, square } from "../ops/unary.ts";
import { isRowGradient } from "../table/row-gradient.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Pair } from "./bring-home.ts";

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
 * @param pairs - Variables with their gradients, float32.
 * @param options - At most one limit.
 * @returns The same with limited gradients, in the same order. Nothing is read back: norms stay on the backend.
 */
export function clipGradients(pairs: readonly Pair[], options: ClipOptions): readonly Pair[] {
  const limited = limit(
    pairs.map(({ gradient }) => (isRowGradient(gradient) ? gradient.values : gradient)),
    options,
  );
  return pairs.map(({ variable, gradient }, index) => {
    const values = limited[index] as Tensor;
    return { variable, gradient: isRowGradient(gradient) ? { ...gradient, values } : values };
  });
}

function limit(values: readonly Tensor[], { clipnorm, clipvalue, globalClipnorm }: ClipOptions): readonly Tensor[] {
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
