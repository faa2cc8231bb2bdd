import { sizeOf } from "@rowan/api";
import type { Backend, BinaryOp, DType, Handle, Shape, TensorRef } from "@rowan/api";
import { binaryKernel } from "../kernels/binary.wgsl.ts";
import { broadcastNumbers, broadcastOf } from "../kernels/broadcast.ts";
import { castKernel } from "../kernels/cast.wgsl.ts";
import { unaryKernel } from "../kernels/unary.wgsl.ts";
import { whereKernel } from "../kernels/where.wgsl.ts";
import { isPacked, wordsOf } from "../storage/gpu-tensor.ts";
import type { Block, GpuTensor } from "../storage/gpu-tensor.ts";
import type { MemberContext } from "./member-context.ts";

const comparisons: ReadonlySet<BinaryOp> = new Set([
  "equal",
  "notEqual",
  "greater",
  "greaterEqual",
  "less",
  "lessEqual",
  "logicalAnd",
  "logicalOr",
]);

/**
 * Elementwise members: `unary`, `binary`, `cast` and `where`. TensorFlow.js has kernels for most of this; they differ from the
 * contract at NaN, infinities and near 0, so these are ours.
 *
 * @param context - The device and its memory.
 * @returns These members of the contract.
 */
export function elementwiseMembers(context: MemberContext): Pick<Backend, "unary" | "binary" | "cast"> & Required<Pick<Backend, "where">> {
  return {
    unary(op, x): Handle {
      const source = context.tensor(x);
      const result = context.result(op === "isNan" || op === "logicalNot" ? "bool" : "float32", source.length);
      blockwise([source], result, ([from, to]) => {
        context.run(unaryKernel(op), [to.length], [from, to], to.length);
      });
      return result;
    },
    binary(op, a, b, shape): Handle {
      const type = a.dtype === "float32" ? "f32" : "i32";
      const result = context.result(comparisons.has(op) ? "bool" : a.dtype, sizeOf(shape));
      broadcast(context, [a, b], shape, result, (rank) => binaryKernel(op, type, rank));
      return result;
    },
    cast(x, dtype): Handle {
      return cast(context, x, dtype);
    },
    where(condition, a, b, shape): Handle {
      if (isPacked(a.dtype)) return whereOfBytes(condition, a, b, shape);
      const result = context.result(a.dtype, sizeOf(shape));
      broadcast(context, [condition, a, b], shape, result, whereKernel);
      return result;
    },
  };

  function whereOfBytes(condition: TensorRef, a: TensorRef, b: TensorRef, shape: Shape): Handle {
    return context.withTemporaries((keep) => {
      const [left, right] = [a, b].map((x) => ({ handle: keep(cast(context, x, "int32")), shape: x.shape, dtype: "int32" })) as [
        TensorRef,
        TensorRef,
      ];
      const chosen = keep(context.result("int32", sizeOf(shape)));
      broadcast(context, [condition, left, right], shape, chosen, whereKernel);
      return cast(context, { handle: chosen, shape, dtype: "int32" }, a.dtype);
    });
  }
}

/**
 * `cast`, for other members too.
 *
 * @param context - The device and its memory.
 * @param x - Any tensor.
 * @param dtype - What it shall be.
 * @returns A new tensor.
 */
export function cast(context: MemberContext, x: TensorRef, dtype: DType): GpuTensor {
  const source = context.tensor(x);
  const result = context.result(dtype, source.length);
  const run = (from: Block, to: Block): void => {
    context.run(castKernel(x.dtype, dtype), [to.length], [from, to], wordsOf(dtype, to.length));
  };
  if (source.blocks.length === 1 && result.blocks.length === 1) run(source.blocks[0] as Block, result.blocks[0] as Block);
  else blockwise([source], result, ([from, to]) => run(from, to));
  return result;
}

/** Runs once for each block of tensors that are divided alike. */
function blockwise(sources: readonly GpuTensor[], result: GpuTensor, run: (blocks: [Block, Block]) => void): void {
  result.blocks.forEach((to, i) => run([sources[0]?.blocks[i] as Block, to]));
}

function broadcast(
  context: MemberContext,
  operands: readonly TensorRef[],
  shape: Shape,
  result: GpuTensor,
  kernelOf: (rank: number) => ReturnType<typeof whereKernel>,
): void {
  if (result.length === 0) return;
  if (result.blocks.length > 1 && operands.every((x) => sizeOf(x.shape) === result.length)) {
    const tensors = operands.map((x) => context.tensor(x));
    const numbers = [1, ...operands.map(() => 1)];
    result.blocks.forEach((to, i) => {
      const from = tensors.map(({ blocks }) => blocks[i] as Block);
      context.run(kernelOf(1), [to.length, to.length, ...numbers.slice(1)], [...from, to], to.length);
    });
    return;
  }
  const walk = broadcastOf(
    operands.map((x) => x.shape),
    shape,
  );
  const blocks = operands.map((x) => context.block(x));
  const [to] = result.blocks as readonly [Block];
  context.run(kernelOf(walk.extents.length), [to.length, ...broadcastNumbers(walk)], [...blocks, to], to.length);
}
