import { createTypedArray, sizeOf, stridesOf } from "@rowan/api";
import type { Backend, DType, Handle, Shape, TensorRef, TypedArray } from "@rowan/api";
import { broadcastNumbers } from "../kernels/broadcast.ts";
import { permuteKernel } from "../kernels/permute.wgsl.ts";
import type { Steps } from "../order/steps.ts";
import { GpuTensor, isPacked } from "../storage/gpu-tensor.ts";
import type { Block } from "../storage/gpu-tensor.ts";
import { cast } from "./elementwise.ts";
import { settleHost, writeHosted } from "./host-values.ts";
import { rowLengthOf } from "./member-context.ts";
import type { MemberContext } from "./member-context.ts";
import { putPiece } from "./pieces.ts";
import { copy } from "./storage.ts";
import { putTile, takeTile, tilesOf } from "./tiles.ts";
import { writeRange } from "./transfer.ts";

/**
 * What moves values and computes nothing, by the kernels of TensorFlow.js: `permute`, `concat`, `slice`.
 *
 * @param context - The device and its memory.
 * @returns These members of the contract.
 */
export function boxMembers(context: MemberContext): Pick<Backend, "permute"> & Required<Pick<Backend, "concat" | "slice">> {
  return {
    permute(x, axes): Handle {
      const held = context.hold(x);
      return context.makeOne(x.dtype, sizeOf(x.shape), () => permute(context, held, axes));
    },
    concat(parts, axis): Handle {
      const { dtype } = parts[0] as TensorRef;
      const full = parts.filter((part) => sizeOf(part.shape) > 0).map((part) => context.hold(part));
      const length = full.reduce((total, part) => total + sizeOf(part.shape), 0);
      if (length === 0) return context.storage.allocate(dtype, 0);
      return context.makeOne(dtype, length, () => asWords(context, full, dtype, (words) => concat(context, words, axis, length)));
    },
    slice(x, begin, size): Handle {
      if (sizeOf(size) === 0) return context.storage.allocate(x.dtype, 0);
      const held = context.hold(x);
      return context.makeOne(x.dtype, sizeOf(size), () => slice(context, held, begin, size));
    },
  };
}

function* concat(context: MemberContext, parts: readonly TensorRef[], axis: number, length: number): Steps<GpuTensor> {
  const { dtype, shape } = parts[0] as TensorRef;
  if (parts.every((part) => context.isInOneBlock(part)) && length <= context.storage.room.blockElements) {
    return context.runTfjs(
      "Concat",
      parts.map((part) => context.info(part)),
      { axis },
      dtype,
    );
  }
  // Each part is a matrix whose columns go beside those of the others.
  const rows = sizeOf(shape.slice(0, axis));
  const stride = length / rows;
  return yield* context.filling(context.largeResult(dtype, length), function* (result) {
    let column = 0;
    for (const part of parts) {
      const columns = sizeOf(part.shape) / rows;
      for (const tile of tilesOf({ base: 0, stride: columns, row: 0, rows, column: 0, columns }, context.storage.room.pieceElements)) {
        yield* context.using(function* (keep) {
          const { handle } = yield* takeTile(context, part, tile, keep);
          yield* putTile(context, handle as GpuTensor, result, { ...tile, stride, column: column + tile.column });
        });
      }
      column += columns;
    }
  });
}

function* slice(context: MemberContext, x: TensorRef, begin: readonly number[], size: Shape): Steps<GpuTensor> {
  if (x.shape.length === 0) return yield* cast(context, x, x.dtype);
  if (context.isInOneBlock(x)) {
    return yield* asWords(context, [x], x.dtype, ([words]) => {
      const info = context.info(words as TensorRef);
      return context.runTfjs("Slice", { x: info }, { begin: [...begin], size: [...size] }, (words as TensorRef).dtype);
    });
  }
  const cut = x.shape.findLastIndex((extent, axis) => extent !== size[axis]);
  if (cut <= 0) {
    // Whole rows lie together, wherever they lie.
    return yield* context.filling(context.largeResult(x.dtype, sizeOf(size)), (result) => {
      const sourceOffset = (begin[0] as number) * rowLengthOf(x.shape);
      return copy(context, context.tensor(x), result, { sourceOffset, targetOffset: 0, length: result.length });
    });
  }
  // The last axis that is cut is one of columns; the others are cut out of what this leaves.
  return yield* context.using(function* (keep) {
    const less = keep(
      yield* asWords(context, [x], x.dtype, ([words]) =>
        sliceColumns(context, words as TensorRef, cut, begin[cut] as number, size[cut] as number),
      ),
    );
    return yield* slice(context, { handle: less, shape: x.shape.with(cut, size[cut] as number), dtype: x.dtype }, begin.with(cut, 0), size);
  });
}

function sliceColumns(context: MemberContext, x: TensorRef, axis: number, begin: number, extent: number): Steps<GpuTensor> {
  const rows = sizeOf(x.shape.slice(0, axis));
  const inner = sizeOf(x.shape.slice(axis + 1));
  const columns = extent * inner;
  const whole = { base: 0, stride: (x.shape[axis] as number) * inner, row: 0, rows, column: begin * inner, columns };
  return context.filling(context.largeResult(x.dtype, rows * columns), function* (result) {
    for (const tile of tilesOf(whole, context.storage.room.pieceElements)) {
      yield* context.using(function* (keep) {
        const { handle } = yield* takeTile(context, x, tile, keep);
        yield* putTile(context, handle as GpuTensor, result, { ...tile, stride: columns, column: tile.column - whole.column });
      });
    }
  });
}

/**
 * `permute`, for other members too.
 *
 * @param context - The device and its memory.
 * @param x - Any tensor.
 * @param axes - Axis i of the result is axis `axes[i]` of x.
 * @returns A new tensor.
 */
export function* permute(context: MemberContext, x: TensorRef, axes: readonly number[]): Steps<GpuTensor> {
  if (sizeOf(x.shape) === 0) return context.storage.allocate(x.dtype, 0);
  // Axes of extent 1 do not move anything; without them many a permutation is a copy.
  const moving = axes.filter((axis) => x.shape[axis] !== 1);
  if (moving.every((axis, i) => i === 0 || axis > (moving[i - 1] as number))) return yield* cast(context, x, x.dtype);
  const isSmall = context.isInOneBlock(x);
  if (x.dtype === "float32" && isSmall) {
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
    return yield* asWords(context, [x], x.dtype, ([words]) => permute(context, words as TensorRef, axes));
  }
  const strides = stridesOf(x.shape);
  const walk = { extents: moving.map((axis) => x.shape[axis] as number), strides: moving.map((axis) => strides[axis] as number) };
  return yield* context.filling(context.largeResult(x.dtype, sizeOf(x.shape)), (result) => permuteInto(context, x, walk, result));
}

/** Extents of the result, and for each the step that it takes in the source. */
interface Walk {
  readonly extents: readonly number[];
  readonly strides: readonly number[];
}

function* permuteInto(context: MemberContext, x: TensorRef, walk: Walk, result: GpuTensor): Steps<void> {
  const source = context.tensor(x);
  if (source.host) {
    yield* settleHost(context, source);
    permuteOnHost(context, source.host.values, walk, result);
    return;
  }
  const { extents, strides } = walk;
  const numbers = broadcastNumbers({ extents, strides: [strides] });
  const run = (to: Block, start: number): void => {
    for (const from of source.blocks) {
      context.run(
        permuteKernel(extents.length),
        [to.length, start, from.start, from.start + from.length, ...numbers],
        [from, to],
        to.length,
      );
    }
  };
  if (!result.host) {
    for (const to of result.blocks) run(to, to.start);
    return;
  }
  const step = context.storage.room.pieceElements;
  for (let from = 0; from < result.length; from += step) {
    yield* context.using(function* (keep) {
      const piece = keep(context.result(x.dtype, Math.min(step, result.length - from)));
      run(piece.blocks[0] as Block, from);
      yield* putPiece(context, piece, result, from);
    });
  }
}

/** What lies on the host is put in order there, piece by piece of the result. */
function permuteOnHost(context: MemberContext, values: TypedArray, { extents, strides }: Walk, result: GpuTensor): void {
  const index = extents.map(() => 0);
  let at = 0;
  const step = result.host ? result.length : context.storage.room.pieceElements;
  for (let from = 0; from < result.length; from += step) {
    const piece = createTypedArray(result.dtype, Math.min(step, result.length - from));
    for (let i = 0; i < piece.length; i++) {
      piece[i] = values[at] as number;
      for (let axis = extents.length - 1; axis >= 0; axis--) {
        const next = (index[axis] as number) + 1;
        const isEnd = next === extents[axis];
        index[axis] = isEnd ? 0 : next;
        at += isEnd ? -(next - 1) * (strides[axis] as number) : (strides[axis] as number);
        if (!isEnd) break;
      }
    }
    if (result.host) writeHosted(context, result.host, piece, from);
    else writeRange(context, result, piece, from);
  }
}

/** Runs what knows no bytes on tensors of any dtype. */
function* asWords(
  context: MemberContext,
  tensors: readonly TensorRef[],
  dtype: DType,
  run: (words: readonly TensorRef[]) => Steps<GpuTensor> | GpuTensor,
): Steps<GpuTensor> {
  const make = function* (words: readonly TensorRef[]): Steps<GpuTensor> {
    const made = run(words);
    return made instanceof GpuTensor ? made : yield* made;
  };
  if (!isPacked(dtype)) return yield* make(tensors);
  return yield* context.using(function* (keep) {
    const words: TensorRef[] = [];
    for (const x of tensors) words.push({ handle: keep(yield* cast(context, x, "int32")), shape: x.shape, dtype: "int32" });
    const result = keep(yield* make(words));
    return yield* cast(context, { handle: result, shape: [result.length], dtype: "int32" }, dtype);
  });
}
