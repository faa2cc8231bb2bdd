import { InvalidArgumentError } from "../errors.ts";
import { formatShape, sizeOf, type Shape } from "../tensor/shape.ts";

/** How many units a variable connects. */
export interface Fans {
  readonly fanIn: number;
  readonly fanOut: number;
}

function sizeOfAxes(shape: Shape, axes: readonly number[]): number {
  let size = 1;
  for (const axis of axes) {
    const extent = shape.at(axis);
    if (extent === undefined) {
      throw new InvalidArgumentError(
        `\`inputAxes\` and \`outputAxes\` must be axes of the variable. Received: axis=${axis} for shape=${formatShape(shape)}.`,
      );
    }
    size *= extent;
  }
  return size;
}

/**
 * The number of units that a weight takes in and gives out, by Keras' rule (keras/src/initializers/random_initializers.py,
 * `compute_fans`). A kernel `[in, out]` has the fans in and out, a table `[rows, dim]` the fans rows and dim.
 *
 * @param shape - The shape of the weight.
 * @param inputAxes - The axes of the input units, where the rule does not fit; counts only together with `outputAxes`.
 * @param outputAxes - The axes of the output units.
 * @returns Both fans.
 * @throws InvalidArgumentError when an axis is not one of the shape.
 */
export function computeFans(shape: Shape, inputAxes?: readonly number[] | null, outputAxes?: readonly number[] | null): Fans {
  if (inputAxes && outputAxes) return { fanIn: sizeOfAxes(shape, inputAxes), fanOut: sizeOfAxes(shape, outputAxes) };
  const last = shape.at(-1) ?? 1;
  const field = sizeOf(shape.slice(0, -2));
  return { fanIn: (shape.at(-2) ?? last) * field, fanOut: last * field };
}
