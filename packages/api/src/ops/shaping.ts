/** Ops that move elements and compute nothing, and their gradients. */
import { concat as concatHandles, slice as sliceHandle } from "../backend/defaults.ts";
import { InvalidArgumentError, ShapeMismatchError } from "../errors.ts";
import { resolveShape } from "../tensor/ndarray.ts";
import { formatShape, normalizeAxis, sizeOf } from "../tensor/shape.ts";
import type { Shape } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import { asTensor, commonBackend } from "./operands.ts";
import type { TensorLike } from "./operands.ts";
import { record } from "./tape.ts";

/**
 * The same elements under another shape; copies nothing.
 *
 * @param x - Any dtype and shape.
 * @param shape - The new extents; one of them may be -1.
 * @returns A tensor of that shape.
 * @throws ShapeMismatchError when the number of elements differs.
 */
export function reshape(x: TensorLike, shape: Shape): Tensor {
  const input = asTensor(x, commonBackend([x]));
  return record(input.view(resolveShape(shape, input.size)), [input], (gradient) => [reshape(gradient, input.shape)]);
}

/**
 * Reorders axes.
 *
 * @param x - Any dtype and shape.
 * @param axes - Axis i of the result is axis `axes[i]` of x; the reverse order when left out.
 * @returns The permuted tensor.
 * @throws InvalidArgumentError when `axes` is no permutation.
 */
export function transpose(x: TensorLike, axes?: readonly number[]): Tensor {
  const input = asTensor(x, commonBackend([x]));
  const order = axes
    ? axes.map((axis) => normalizeAxis(axis, input.rank))
    : Array.from({ length: input.rank }, (_, axis) => input.rank - 1 - axis);
  if (order.length !== input.rank || new Set(order).size !== input.rank) {
    throw new InvalidArgumentError(
      `\`axes\` must name every axis of a tensor of rank ${input.rank} once. Received: axes=[${(axes ?? []).join(", ")}].`,
    );
  }
  const shape = order.map((axis) => input.shape[axis] as number);
  const inverse = order.map((_, axis) => order.indexOf(axis));
  const output = Tensor.own(input.backend, input.backend.permute(input, order), shape, input.dtype);
  return record(output, [input], (gradient) => [transpose(gradient, inverse)]);
}

/**
 * Joins tensors along an axis.
 *
 * @param parts - Tensors of one dtype whose other extents agree.
 * @param axis - The axis along which they follow each other.
 * @returns The joined tensor.
 * @throws ShapeMismatchError when the other extents differ.
 */
export function concatenate(parts: readonly TensorLike[], axis = -1): Tensor {
  const backend = commonBackend(parts);
  const tensors = parts.map((part) => asTensor(part, backend));
  const [first] = tensors;
  if (!first) throw new InvalidArgumentError("`concatenate` needs at least one tensor. Received: an empty array.");
  const along = normalizeAxis(axis, first.rank);
  for (const part of tensors) {
    if (
      part.dtype !== first.dtype ||
      part.rank !== first.rank ||
      part.shape.some((extent, a) => a !== along && extent !== first.shape[a])
    ) {
      throw new ShapeMismatchError(
        `\`concatenate\` takes tensors of one dtype whose shapes agree outside of axis ${along}. Received: ${tensors.map((t) => `${t.dtype} ${formatShape(t.shape)}`).join(", ")}.`,
      );
    }
  }
  const extents = tensors.map((part) => part.shape[along] as number);
  const shape = first.shape.with(
    along,
    extents.reduce((a, b) => a + b, 0),
  );
  const output = Tensor.own(backend, concatHandles(backend, tensors, along), shape, first.dtype);
  return record(output, tensors, (gradient) => {
    let start = 0;
    return tensors.map((part, index) => {
      const begin = shape.map((_, a) => (a === along ? start : 0));
      start += extents[index] as number;
      return slice(gradient, begin, part.shape);
    });
  });
}

/**
 * Cuts a box out of a tensor.
 *
 * @param x - Any dtype and shape.
 * @param begin - The first index along each axis.
 * @param size - The box's extents.
 * @returns A tensor of shape `size`.
 * @throws ShapeMismatchError when the box leaves the tensor.
 */
export function slice(x: TensorLike, begin: readonly number[], size: Shape): Tensor {
  const input = asTensor(x, commonBackend([x]));
  const fits =
    begin.length === input.rank &&
    size.length === input.rank &&
    input.shape.every(
      (extent, axis) =>
        (begin[axis] as number) >= 0 && (size[axis] as number) >= 0 && (begin[axis] as number) + (size[axis] as number) <= extent,
    );
  if (!fits) {
    throw new ShapeMismatchError(
      `The box must lie inside of the tensor of shape ${formatShape(input.shape)}. Received: begin=[${begin.join(", ")}], size=[${size.join(", ")}].`,
    );
  }
  const output = Tensor.own(input.backend, sliceHandle(input.backend, input, begin, size), size, input.dtype);
  return record(output, [input], (gradient) => [pad(gradient, begin, input.shape)]);
}

/** Puts a box back among zeros, axis by axis. */
function pad(box: Tensor, begin: readonly number[], shape: Shape): Tensor {
  let result = box;
  shape.forEach((extent, axis) => {
    const before = begin[axis] as number;
    const after = extent - before - (result.shape[axis] as number);
    const zeros = (length: number): Tensor[] => {
      const block = result.shape.with(axis, length);
      return length > 0 ? [Tensor.own(box.backend, box.backend.allocate(box.dtype, sizeOf(block)), block, box.dtype)] : [];
    };
    if (before > 0 || after > 0) result = concatenate([...zeros(before), result, ...zeros(after)], axis);
  });
  return result;
}
