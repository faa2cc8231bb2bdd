/** Pieces of tensors that no kernel can take whole: they lie on the host, or in several buffers. */
import { sizeOf } from "@rowan/api";
import type { Shape, TensorRef } from "@rowan/api";
import { waitFor } from "../order/steps.ts";
import type { Steps } from "../order/steps.ts";
import type { GpuTensor } from "../storage/gpu-tensor.ts";
import { copyOnDevice } from "./device-copy.ts";
import { settleHost, writeHosted } from "./host-values.ts";
import type { Keep, MemberContext } from "./member-context.ts";
import { readRange, uploadValues } from "./transfer.ts";

/** Neighbouring elements of a tensor that fill a box of it: the axes in front of `axis` have one index each, those behind it are whole. */
export interface Box {
  readonly index: readonly number[];
  readonly axis: number;
  /** A range of that axis. */
  readonly from: number;
  readonly count: number;
  readonly shape: Shape;
  /** The first element, and how many. */
  readonly offset: number;
  readonly length: number;
}

/**
 * Cuts a shape into boxes.
 *
 * @param shape - Without an extent of 0.
 * @param most - The most elements of a box.
 * @returns The boxes, in the order of the elements.
 */
export function* boxesOf(shape: Shape, most: number): Generator<Box> {
  if (shape.length === 0) {
    yield { index: [], axis: 0, from: 0, count: 1, shape, offset: 0, length: 1 };
    return;
  }
  const axis = shape.findIndex((_, i) => sizeOf(shape.slice(i + 1)) <= most);
  const [outer, inner] = [shape.slice(0, axis), shape.slice(axis + 1)];
  const [extent, row] = [shape[axis] as number, sizeOf(inner)];
  const step = Math.max(1, Math.floor(most / row));
  for (let i = 0; i < sizeOf(outer); i++) {
    let rest = i;
    const index = outer.toReversed().map((size) => {
      const at = rest % size;
      rest = Math.floor(rest / size);
      return at;
    });
    for (let from = 0; from < extent; from += step) {
      const count = Math.min(step, extent - from);
      const box = [...outer.map(() => 1), count, ...inner];
      yield { index: index.toReversed(), axis, from, count, shape: box, offset: (i * extent + from) * row, length: count * row };
    }
  }
}

/**
 * What an operand has in a box of the shape that it broadcasts to.
 *
 * @param shape - Of the operand.
 * @param box - Of the other shape.
 * @param rank - Of the other shape.
 * @returns Neighbouring elements again, and their shape.
 */
export function broadcastBox(
  shape: Shape,
  box: Box,
  rank: number,
): { readonly shape: Shape; readonly offset: number; readonly length: number } {
  const own = [...Array.from({ length: rank - shape.length }, () => 1), ...shape];
  const part = own.map((extent, axis) => (extent === 1 || axis < box.axis ? 1 : axis === box.axis ? box.count : extent));
  let offset = 0;
  own.forEach((extent, axis) => {
    const at = axis < box.axis ? (box.index[axis] as number) : axis === box.axis ? box.from : 0;
    if (extent !== 1) offset += at * sizeOf(own.slice(axis + 1));
  });
  return { shape: part, offset, length: sizeOf(part) };
}

/**
 * A range of a tensor in one block.
 *
 * @param context - The device and its memory.
 * @param ref - Anywhere.
 * @param offset - The first element.
 * @param length - How many; one block can hold them.
 * @param keep - Marks a copy; a tensor that lies in one block stands for all of its elements.
 * @returns A tensor of these elements.
 */
export function* takePiece(context: MemberContext, ref: TensorRef, offset: number, length: number, keep: Keep): Steps<GpuTensor> {
  const tensor = context.tensor(ref);
  if (tensor.host) {
    yield* settleHost(context, tensor);
    return keep(uploadValues(context, tensor.dtype, tensor.host.values.subarray(offset, offset + length)));
  }
  if (tensor.blocks.length === 1 && length === tensor.length) return tensor;
  const piece = keep(context.result(tensor.dtype, length));
  copyOnDevice(context, tensor, piece, { sourceOffset: offset, targetOffset: 0, length });
  return piece;
}

/**
 * A tensor in one block.
 *
 * @param context - The device and its memory.
 * @param ref - Anywhere; one block can hold it.
 * @param keep - Marks a copy.
 * @returns The same, or a copy.
 */
export function* takeWhole(context: MemberContext, ref: TensorRef, keep: Keep): Steps<TensorRef> {
  return { ...ref, handle: yield* takePiece(context, ref, 0, sizeOf(ref.shape), keep) };
}

/**
 * Elements on the device become a range of a tensor.
 *
 * @param context - The device and its memory.
 * @param piece - All of its elements.
 * @param target - Anywhere.
 * @param offset - The first element there.
 */
export function* putPiece(context: MemberContext, piece: GpuTensor, target: GpuTensor, offset: number): Steps<void> {
  if (piece === target) return;
  if (target.host) {
    writeHosted(context, target.host, yield* waitFor(readRange(context, piece, 0, piece.length)), offset);
    return;
  }
  copyOnDevice(context, piece, target, { sourceOffset: 0, targetOffset: offset, length: piece.length });
}
