import { sizeOf } from "@rowan/api";
import type { Backend, BinaryOp, DType, Handle, Shape, TensorRef, UnaryOp } from "@rowan/api";
import { binaryKernel } from "../kernels/binary.wgsl.ts";
import { broadcastNumbers, broadcastOf } from "../kernels/broadcast.ts";
import { castKernel } from "../kernels/cast.wgsl.ts";
import { unaryKernel } from "../kernels/unary.wgsl.ts";
import { whereKernel } from "../kernels/where.wgsl.ts";
import type { Steps } from "../order/steps.ts";
import { isPacked, wordsOf } from "../storage/gpu-tensor.ts";
import type { Block, GpuTensor } from "../storage/gpu-tensor.ts";
import type { MemberContext } from "./member-context.ts";
import { boxesOf, broadcastBox, putPiece, takePiece } from "./pieces.ts";

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
      const held = context.hold(x);
      return context.makeOne(unaryType(op), sizeOf(x.shape), () => unary(context, op, held));
    },
    binary(op, a, b, shape): Handle {
      const [left, right] = [context.hold(a), context.hold(b)];
      return context.makeOne(comparisons.has(op) ? "bool" : a.dtype, sizeOf(shape), () => binary(context, op, left, right, shape));
    },
    cast(x, dtype): Handle {
      const held = context.hold(x);
      return context.makeOne(dtype, sizeOf(x.shape), () => cast(context, held, dtype));
    },
    where(condition, a, b, shape): Handle {
      const [which, left, right] = [context.hold(condition), context.hold(a), context.hold(b)];
      return context.makeOne(a.dtype, sizeOf(shape), () => where(context, which, left, right, shape));
    },
  };
}

function unaryType(op: UnaryOp): DType {
  return op === "isNan" || op === "logicalNot" ? "bool" : "float32";
}

function unary(context: MemberContext, op: UnaryOp, x: TensorRef): Steps<GpuTensor> {
  return elementwise(context, [x], x.shape, unaryType(op), ({ from, to }) =>
    context.run(unaryKernel(op), [to.length], [...from, to], to.length),
  );
}

/**
 * `binary`, for other members too.
 *
 * @param context - The device and its memory.
 * @param op - Which function.
 * @param a - Float32 or int32.
 * @param b - Of the same dtype.
 * @param shape - What both broadcast to.
 * @returns A new tensor.
 */
export function binary(context: MemberContext, op: BinaryOp, a: TensorRef, b: TensorRef, shape: Shape): Steps<GpuTensor> {
  const type = a.dtype === "float32" ? "f32" : "i32";
  return elementwise(context, [a, b], shape, comparisons.has(op) ? "bool" : a.dtype, (part) =>
    broadcast(context, part, (rank) => binaryKernel(op, type, rank)),
  );
}

/**
 * `cast`, for other members too.
 *
 * @param context - The device and its memory.
 * @param x - Any tensor.
 * @param dtype - What it shall be.
 * @returns A new tensor.
 */
export function cast(context: MemberContext, x: TensorRef, dtype: DType): Steps<GpuTensor> {
  return elementwise(context, [x], x.shape, dtype, ({ from, to }) =>
    context.run(castKernel(x.dtype, dtype), [to.length], [...from, to], wordsOf(dtype, to.length)),
  );
}

function where(context: MemberContext, condition: TensorRef, a: TensorRef, b: TensorRef, shape: Shape): Steps<GpuTensor> {
  if (!isPacked(a.dtype)) return elementwise(context, [condition, a, b], shape, a.dtype, (part) => broadcast(context, part, whereKernel));
  return context.using(function* (keep) {
    const left: TensorRef = { handle: keep(yield* cast(context, a, "int32")), shape: a.shape, dtype: "int32" };
    const right: TensorRef = { handle: keep(yield* cast(context, b, "int32")), shape: b.shape, dtype: "int32" };
    const chosen = keep(yield* where(context, condition, left, right, shape));
    return yield* cast(context, { handle: chosen, shape, dtype: "int32" }, a.dtype);
  });
}

/** What a kernel has to do: blocks of operands, of the shapes that they have there, broadcast to a block of the result. */
interface Part {
  readonly from: readonly Block[];
  readonly shapes: readonly Shape[];
  readonly to: Block;
  readonly shape: Shape;
}

/** Runs a kernel once where one binding reaches each tensor, once for each block of tensors that are cut alike, else piece by piece. */
function elementwise(
  context: MemberContext,
  operands: readonly TensorRef[],
  shape: Shape,
  dtype: DType,
  run: (part: Part) => void,
): Steps<GpuTensor> {
  return context.filling(context.largeResult(dtype, sizeOf(shape)), function* (result) {
    if (result.length === 0) return;
    const tensors = operands.map((x) => context.tensor(x));
    const isOnDevice = [result, ...tensors].every(({ host }) => !host);
    if (isOnDevice && [result, ...tensors].every(({ blocks }) => blocks.length === 1)) {
      const [to] = result.blocks as readonly [Block];
      run({ from: tensors.map(({ blocks }) => blocks[0] as Block), shapes: operands.map((x) => x.shape), to, shape });
    } else if (isOnDevice && tensors.every((tensor) => isCutAlike(tensor, result))) {
      result.blocks.forEach((to, i) => {
        const flat = [to.length];
        run({ from: tensors.map(({ blocks }) => blocks[i] as Block), shapes: operands.map(() => flat), to, shape: flat });
      });
    } else yield* inPieces(context, operands, shape, result, run);
  });
}

function* inPieces(
  context: MemberContext,
  operands: readonly TensorRef[],
  shape: Shape,
  result: GpuTensor,
  run: (part: Part) => void,
): Steps<void> {
  for (const box of boxesOf(shape, context.storage.room.pieceElements)) {
    yield* context.using(function* (keep) {
      const from: Block[] = [];
      const shapes: Shape[] = [];
      for (const operand of operands) {
        const part = broadcastBox(operand.shape, box, shape.length);
        const piece = yield* takePiece(context, operand, part.offset, part.length, keep);
        from.push(piece.blocks[0] as Block);
        shapes.push(part.shape);
      }
      const piece = keep(context.result(result.dtype, box.length));
      run({ from, shapes, to: piece.blocks[0] as Block, shape: box.shape });
      yield* putPiece(context, piece, result, box.offset);
    });
  }
}

function isCutAlike(a: GpuTensor, b: GpuTensor): boolean {
  return a.length === b.length && a.blocks.length === b.blocks.length && a.blocks.every(({ start }, i) => start === b.blocks[i]?.start);
}

function broadcast(
  context: MemberContext,
  { from, shapes, to, shape }: Part,
  kernelOf: (rank: number) => ReturnType<typeof whereKernel>,
): void {
  const walk = broadcastOf(shapes, shape);
  context.run(kernelOf(walk.extents.length), [to.length, ...broadcastNumbers(walk)], [...from, to], to.length);
}
