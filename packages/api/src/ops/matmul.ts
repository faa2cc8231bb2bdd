import { checkFlag, checkOptions } from "../check-options.ts";
import { ShapeMismatchError } from "../errors.ts";
import { formatShape, sameShape } from "../tensor/shape.ts";
import type { Shape } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import { asTensor, commonBackend, requireDType } from "./operands.ts";
import type { TensorLike } from "./operands.ts";
import { sum } from "./reduction.ts";
import { record } from "./tape.ts";

/** Options of `matmul`. */
export interface MatmulOptions {
  /** Reads `a` as `[..., k, m]`. */
  readonly transposeA?: boolean;
  /** Reads `b` as `[..., n, k]`. */
  readonly transposeB?: boolean;
}

const optionNames = ["transposeA", "transposeB"] as const satisfies readonly (keyof MatmulOptions)[];

/**
 * The matrix product `[..., m, k] x [..., k, n] -> [..., m, n]`.
 *
 * @param a - Float32, rank 2 or more.
 * @param b - Float32, rank 2 or more; batch axes are equal, or one side has none.
 * @param options - `transposeA`, `transposeB`: the last two axes of a side swapped.
 * @returns Float32.
 * @throws ShapeMismatchError when the inner extents or the batch axes differ; InvalidArgumentError for an option that does not exist
 *   or cannot be.
 */
export function matmul(a: TensorLike, b: TensorLike, options: MatmulOptions = {}): Tensor {
  checkOptions("matmul", options, "{ transposeB: true }", optionNames);
  const backend = commonBackend([a, b]);
  const x = asTensor(a, backend);
  const y = asTensor(b, backend);
  requireDType("matmul", x, "float32");
  requireDType("matmul", y, "float32");
  const transposeA = checkFlag("transposeA", options.transposeA ?? false);
  const transposeB = checkFlag("transposeB", options.transposeB ?? false);
  const shape = productShape(x, y, transposeA, transposeB);
  const output = Tensor.own(backend, backend.matmul(x, y, transposeA, transposeB), shape, "float32");
  return record(output, [x, y], (gradient) => {
    const dx = transposeA
      ? matmul(y, gradient, { transposeA: transposeB, transposeB: true })
      : matmul(gradient, y, { transposeB: !transposeB });
    const dy = transposeB
      ? matmul(gradient, x, { transposeA: true, transposeB: transposeA })
      : matmul(x, gradient, { transposeA: !transposeA });
    return [sumBatch(dx, x.shape), sumBatch(dy, y.shape)];
  });
}

/** One matrix that served a whole batch gets the sum of the batch's gradients. */
function sumBatch(gradient: Tensor, shape: Shape): Tensor {
  const extra = gradient.rank - shape.length;
  return extra > 0
    ? sum(
        gradient,
        Array.from({ length: extra }, (_, axis) => axis),
      )
    : gradient;
}

function productShape(x: Tensor, y: Tensor, transposeA: boolean, transposeB: boolean): Shape {
  const fail = (why: string): never => {
    const sides = `${formatShape(x.shape)}${transposeA ? " (transposed)" : ""} and ${formatShape(y.shape)}${transposeB ? " (transposed)" : ""}`;
    throw new ShapeMismatchError(`\`matmul\` needs ${why}. Received: ${sides}.`);
  };
  if (x.rank < 2 || y.rank < 2) fail("matrices (rank 2 or more)");
  const [rows, innerX] = lastTwo(x.shape, transposeA);
  const [innerY, columns] = lastTwo(y.shape, transposeB);
  if (innerX !== innerY) fail("the last axis of a to be as long as the second last of b");
  const batchX = x.shape.slice(0, -2);
  const batchY = y.shape.slice(0, -2);
  if (batchX.length > 0 && batchY.length > 0 && !sameShape(batchX, batchY)) fail("equal batch axes, or none on one side");
  return [...(batchX.length > 0 ? batchX : batchY), rows, columns];
}

function lastTwo(shape: Shape, swap: boolean): readonly [number, number] {
  const outer = shape.at(-2) as number;
  const inner = shape.at(-1) as number;
  return swap ? [inner, outer] : [outer, inner];
}
