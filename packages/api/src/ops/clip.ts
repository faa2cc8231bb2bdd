import { InvalidArgumentError } from "../errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { maximum, minimum, multiply } from "./arithmetic.ts";
import { cast } from "./cast.ts";
import { greaterEqual, lessEqual, logicalAnd } from "./comparison.ts";
import { asTensor, commonBackend } from "./operands.ts";
import type { TensorLike } from "./operands.ts";
import { record, withoutRecording } from "./tape.ts";

/**
 * Elements limited to a range; NaN stays. The gradient passes where `low <= x <= high`, as in PyTorch's clamp.
 *
 * @param x - Float32, any shape.
 * @param low - The least value.
 * @param high - The greatest value, not below `low`.
 * @returns The same shape.
 */
export function clip(x: TensorLike, low: number, high: number): Tensor {
  if (!(low <= high)) throw new InvalidArgumentError(`\`low\` must not be above \`high\`. Received: low=${low}, high=${high}.`);
  const input = asTensor(x, commonBackend([x]));
  const output = withoutRecording(() => minimum(maximum(input, low), high));
  return record(output, [input], (gradient) => [
    multiply(gradient, cast(logicalAnd(greaterEqual(input, low), lessEqual(input, high)), "float32")),
  ]);
}
