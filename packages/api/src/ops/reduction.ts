/** Reductions over axes and their gradients. */
import type { ReduceOp } from "../backend/backend.ts";
import { checkFlag, checkOptions } from "../check-options.ts";
import { InvalidArgumentError } from "../errors.ts";
import { normalizeAxes, normalizeAxis, sizeOf } from "../tensor/shape.ts";
import type { Shape } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import { add, divide, multiply } from "./arithmetic.ts";
import { cast } from "./cast.ts";
import { equal } from "./comparison.ts";
import { asTensor, commonBackend, requireDType } from "./operands.ts";
import type { TensorLike } from "./operands.ts";
import { reshape } from "./shaping.ts";
import { record } from "./tape.ts";

/** Options of a reduction. */
export interface ReductionOptions {
  /** Reduced axes stay with extent 1. */
  readonly keepDims?: boolean;
}

const optionNames = ["keepDims"] as const satisfies readonly (keyof ReductionOptions)[];

type Axes = number | readonly number[];

interface Reduced {
  readonly input: Tensor;
  readonly axes: readonly number[];
  /** The result with the reduced axes gone. */
  readonly output: Tensor;
  /** The result's shape with the reduced axes kept as 1, which broadcasts against the input. */
  readonly kept: Shape;
  /** Whether the result is given with that shape. */
  readonly keepDims: boolean;
}

function reduce(op: ReduceOp, x: TensorLike, axes: Axes | undefined, options: ReductionOptions): Reduced {
  checkOptions(op, options, "{ keepDims: true }", optionNames);
  const keepDims = checkFlag("keepDims", options.keepDims ?? false);
  const input = asTensor(x, commonBackend([x]));
  requireDType(op, input, "float32", "int32");
  const list = normalizeAxes(axes, input.rank);
  const kept = input.shape.map((extent, axis) => (list.includes(axis) ? 1 : extent));
  const shape = input.shape.filter((_, axis) => !list.includes(axis));
  const dtype = op === "argMax" ? "int32" : input.dtype;
  return { input, axes: list, output: Tensor.own(input.backend, input.backend.reduce(op, input, list), shape, dtype), kept, keepDims };
}

function shaped({ output, kept, keepDims }: Reduced): Tensor {
  return keepDims ? reshape(output, kept) : output;
}

/**
 * The sum over axes.
 *
 * @param x - Float32 or int32.
 * @param axes - Which axes; all of them when left out.
 * @param options - `keepDims`.
 * @returns The shape without the reduced axes (or with 1 in their place).
 */
export function sum(x: TensorLike, axes?: Axes, options: ReductionOptions = {}): Tensor {
  const result = reduce("sum", x, axes, options);
  const { input, kept } = result;
  if (input.dtype === "float32") record(result.output, [input], (gradient) => [broadcastTo(reshape(gradient, kept), input.shape)]);
  return shaped(result);
}

/**
 * The mean over axes; NaN over nothing.
 *
 * @param x - Float32.
 * @param axes - Which axes; all of them when left out.
 * @param options - `keepDims`.
 * @returns The shape without the reduced axes (or with 1 in their place).
 */
export function mean(x: TensorLike, axes?: Axes, options: ReductionOptions = {}): Tensor {
  checkOptions("mean", options, "{ keepDims: true }", optionNames);
  const input = asTensor(x, commonBackend([x]));
  requireDType("mean", input, "float32");
  const count = sizeOf(normalizeAxes(axes, input.rank).map((axis) => input.shape[axis] as number));
  return divide(sum(input, axes, options), count);
}

/**
 * The largest element over axes; NaN wins. Where several are equal, each gets an equal part of the gradient.
 *
 * @param x - Float32 or int32.
 * @param axes - Which axes; all of them when left out.
 * @param options - `keepDims`.
 * @returns The shape without the reduced axes (or with 1 in their place).
 */
export function max(x: TensorLike, axes?: Axes, options: ReductionOptions = {}): Tensor {
  return extremum("max", x, axes, options);
}

/**
 * The smallest element over axes; otherwise as `max`.
 *
 * @returns The shape without the reduced axes (or with 1 in their place).
 */
export function min(x: TensorLike, axes?: Axes, options: ReductionOptions = {}): Tensor {
  return extremum("min", x, axes, options);
}

function extremum(op: "max" | "min", x: TensorLike, axes: Axes | undefined, options: ReductionOptions): Tensor {
  const result = reduce(op, x, axes, options);
  const { input, output, kept, axes: list } = result;
  if (input.dtype === "float32") {
    record(output, [input], (gradient) => {
      const hit = cast(equal(input, reshape(output, kept)), "float32");
      return [multiply(hit, divide(reshape(gradient, kept), sum(hit, list, { keepDims: true })))];
    });
  }
  return shaped(result);
}

/**
 * The index of the largest element along one axis, the first among equals; no gradient.
 *
 * @param x - Float32 or int32.
 * @param axis - The axis.
 * @returns Int32, the shape without that axis.
 */
export function argmax(x: TensorLike, axis = -1): Tensor {
  const input = asTensor(x, commonBackend([x]));
  const only = normalizeAxis(axis, input.rank);
  if (input.shape[only] === 0)
    throw new InvalidArgumentError("`argmax` needs at least one element along its axis. Received: an axis of extent 0.");
  return reduce("argMax", input, only, {}).output;
}

/** Repeats a tensor along its axes of extent 1. */
function broadcastTo(x: Tensor, shape: Shape): Tensor {
  return add(x, Tensor.own(x.backend, x.backend.allocate("float32", sizeOf(shape)), shape, "float32"));
}
