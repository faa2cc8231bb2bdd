import { sizeOf, stridesOf } from "@rowan/api";
import type { Backend, DType, Handle, Shape, TensorRef } from "@rowan/api";
import type { TensorInfo } from "@tensorflow/tfjs-core";
import { broadcastNumbers } from "../kernels/broadcast.ts";
import { permuteKernel } from "../kernels/permute.wgsl.ts";
import { isPacked } from "../storage/gpu-tensor.ts";
import type { GpuTensor } from "../storage/gpu-tensor.ts";
import { cast } from "./elementwise.ts";
import { rowLengthOf } from "./member-context.ts";
import type { MemberContext } from "./member-context.ts";
import { copy } from "./storage.ts";

/**
 * What moves values and computes nothing, by the kernels of TensorFlow.js: `permute`, `concat`, `slice`.
 *
 * @param context - The device and its memory.
 * @returns These members of the contract.
 */
export function boxMembers(context: MemberContext): Pick<Backend, "permute"> & Required<Pick<Backend, "concat" | "slice">> {
  return {
    permute: (x, axes): Handle => permute(context, x, axes),
    concat(parts, axis): Handle {
      const first = parts[0] as TensorRef;
      const full = parts.filter((part) => sizeOf(part.shape) > 0);
      if (full.length === 0) return context.storage.allocate(first.dtype, 0);
      return asWords(context, full, first.dtype, (words) => context.runTfjs("Concat", words, { axis }, wordType(first.dtype)));
    },
    slice(x, begin, size): Handle {
      if (sizeOf(size) === 0) return context.storage.allocate(x.dtype, 0);
      if (x.shape.length === 0) return cast(context, x, x.dtype);
      if (!context.isInOneBlock(x) && size.every((extent, axis) => axis === 0 || extent === x.shape[axis])) {
        // Whole rows lie together, wherever they lie.
        const result = context.result(x.dtype, sizeOf(size));
        const sourceOffset = (begin[0] as number) * rowLengthOf(x.shape);
        copy(context, context.tensor(x), result, { sourceOffset, targetOffset: 0, length: result.length });
        return result;
      }
      return asWords(context, [x], x.dtype, ([words]) =>
        context.runTfjs("Slice", { x: words as TensorInfo }, { begin: [...begin], size: [...size] }, wordType(x.dtype)),
      );
    },
  };
}

/**
 * `permute`, for other members too.
 *
 * @param context - The device and its memory.
 * @param x - Any tensor.
 * @param axes - Axis i of the result is axis `axes[i]` of x.
 * @returns A new tensor.
 */
export function permute(context: MemberContext, x: TensorRef, axes: readonly number[]): GpuTensor {
  if (sizeOf(x.shape) === 0) return context.storage.allocate(x.dtype, 0);
  // Axes of extent 1 do not move anything; without them many a permutation is a copy.
  const moving = axes.filter((axis) => x.shape[axis] !== 1);
  if (moving.every((axis, i) => i === 0 || axis > (moving[i - 1] as number))) return cast(context, x, x.dtype);
  const extents = moving.map((axis) => x.shape[axis] as number);
  if (x.dtype === "float32") {
    const sorted = moving.toSorted((a, b) => a - b);
    const perm = moving.map((axis) => sorted.indexOf(axis));
    const info = context.info(
      x,
      sorted.map((axis) => x.shape[axis] as number),
    );
    return context.runTfjs("Transpose", { x: info }, { perm }, "float32");
  }
  // TensorFlow.js moves integers as floats, and not at all in its tiled form.
  if (isPacked(x.dtype)) {
    return context.withTemporaries((keep) => {
      const words: TensorRef = { handle: keep(cast(context, x, "int32")), shape: x.shape, dtype: "int32" };
      const moved = keep(permute(context, words, axes));
      return cast(context, { handle: moved, shape: [moved.length], dtype: "int32" }, x.dtype);
    });
  }
  const strides = stridesOf(x.shape);
  const numbers = broadcastNumbers({ extents, strides: [moving.map((axis) => strides[axis] as number)] });
  const result = context.result(x.dtype, sizeOf(x.shape));
  context.run(permuteKernel(extents.length), [result.length, ...numbers], [context.block(x), ...result.blocks], result.length);
  return result;
}

function wordType(dtype: DType): DType {
  return isPacked(dtype) ? "int32" : dtype;
}

/** Runs a kernel of TensorFlow.js, which knows no bytes, on tensors of any dtype. */
function asWords(
  context: MemberContext,
  tensors: readonly TensorRef[],
  dtype: DType,
  run: (words: readonly TensorInfo[]) => GpuTensor,
): GpuTensor {
  if (!isPacked(dtype)) return run(tensors.map((x) => context.info(x)));
  return context.withTemporaries((keep) => {
    const words = tensors.map((x): TensorRef => ({ handle: keep(cast(context, x, "int32")), shape: x.shape, dtype: "int32" }));
    const result = keep(run(words.map((x) => context.info(x))));
    const shape: Shape = [result.length];
    return cast(context, { handle: result, shape, dtype: "int32" }, dtype);
  });
}
