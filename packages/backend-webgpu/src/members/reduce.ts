import { sizeOf } from "@rowan/api";
import type { Backend, Handle, ReduceOp, Shape, TensorRef } from "@rowan/api";
import { argMaxKernel, argMaxOnKernel, foldKernel } from "../kernels/reduce.wgsl.ts";
import type { Steps } from "../order/steps.ts";
import type { Block, GpuTensor } from "../storage/gpu-tensor.ts";
import { oneBlock } from "./member-context.ts";
import type { Keep, MemberContext } from "./member-context.ts";
import { binary } from "./elementwise.ts";
import { permute } from "./boxes.ts";
import { boxesOf, putPiece, takePiece } from "./pieces.ts";
import type { Box } from "./pieces.ts";

/** No work item folds more elements than this. */
const longest = 256;

/** How what was folded of one piece and of another come together. */
const joins = { sum: "add", max: "maximum", min: "minimum" } as const;

/**
 * Folding of axes: neighbouring ones at once, others after a permutation that makes them neighbours.
 *
 * @param context - The device and its memory.
 * @returns This member of the contract.
 */
export function reduceMembers(context: MemberContext): Pick<Backend, "reduce"> {
  return {
    reduce(op, x, axes): Handle {
      const held = context.hold(x);
      const length = sizeOf(x.shape.filter((_, axis) => !axes.includes(axis)));
      return context.makeOne(op === "argMax" ? "int32" : x.dtype, length, () => {
        if (context.isInOneBlock(held)) return reduce(context, op, held, axes);
        return op === "argMax" ? argMaxInPieces(context, held, axes) : foldInPieces(context, op, held, axes);
      });
    },
  };
}

/** Of a tensor in one block. */
function reduce(context: MemberContext, op: ReduceOp, x: TensorRef, axes: readonly number[]): Steps<GpuTensor> {
  return context.using(function* (keep) {
    const arranged = yield* arrange(context, x, axes, keep);
    return op === "argMax" ? argMax(context, x, arranged) : fold(context, op, x, arranged, keep);
  });
}

/** Where the elements of a box go when axes disappear: neighbouring elements again. */
function placeOf(
  box: Box,
  shape: Shape,
  axes: readonly number[],
): { readonly offset: number; readonly length: number; readonly isFirst: boolean } {
  const kept = shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const begin = shape.map((_, axis) => (axis < box.axis ? (box.index[axis] as number) : axis === box.axis ? box.from : 0));
  const inside = kept.filter((axis) => axis >= box.axis);
  return {
    offset: kept.reduce((offset, axis) => offset * (shape[axis] as number) + (begin[axis] as number), 0),
    length: sizeOf(inside.map((axis) => box.shape[axis] as number)),
    isFirst: axes.every((axis) => begin[axis] === 0),
  };
}

/** Piece by piece: what was folded before is joined with what the next piece adds. */
function foldInPieces(context: MemberContext, op: keyof typeof joins, x: TensorRef, axes: readonly number[]): Steps<GpuTensor> {
  const length = sizeOf(x.shape.filter((_, axis) => !axes.includes(axis)));
  return context.filling(context.largeResult(x.dtype, length), function* (result) {
    const whole: TensorRef = { handle: result, shape: [length], dtype: x.dtype };
    for (const box of boxesOf(x.shape, context.storage.room.pieceElements)) {
      yield* context.using(function* (keep) {
        const piece = yield* takePiece(context, x, box.offset, box.length, keep);
        const folded = keep(yield* reduce(context, op, { handle: piece, shape: box.shape, dtype: x.dtype }, axes));
        const place = placeOf(box, x.shape, axes);
        if (place.isFirst) {
          yield* putPiece(context, folded, result, place.offset);
          return;
        }
        const flat = [place.length];
        const before = yield* takePiece(context, whole, place.offset, place.length, keep);
        const [a, b] = [before, folded].map((handle): TensorRef => ({ handle, shape: flat, dtype: x.dtype })) as [TensorRef, TensorRef];
        yield* putPiece(context, keep(yield* binary(context, joins[op], a, b, flat)), result, place.offset);
      });
    }
  });
}

/** Piece by piece: the best so far goes on with its value. */
function argMaxInPieces(context: MemberContext, x: TensorRef, axes: readonly number[]): Steps<GpuTensor> {
  const [axis] = axes as readonly [number];
  const length = sizeOf(x.shape.toSpliced(axis, 1));
  return context.filling(context.result("int32", length), function* (result) {
    yield* context.using(function* (keepValues) {
      const best: TensorRef = { handle: result, shape: [length], dtype: "int32" };
      const values: TensorRef = { handle: keepValues(context.result(x.dtype, length)), shape: [length], dtype: x.dtype };
      for (const box of boxesOf(x.shape, context.storage.room.pieceElements)) {
        yield* context.using(function* (keep) {
          const place = placeOf(box, x.shape, axes);
          const from = axis < box.axis ? (box.index[axis] as number) : axis === box.axis ? box.from : 0;
          const source = yield* takePiece(context, x, box.offset, box.length, keep);
          const places = yield* takePiece(context, best, place.offset, place.length, keep);
          const highest = yield* takePiece(context, values, place.offset, place.length, keep);
          const numbers = [place.length, box.shape[axis] as number, sizeOf(box.shape.slice(axis + 1)), from, Number(place.isFirst)];
          const memory = [source, places, highest].map((tensor) => oneBlock(tensor, box.shape));
          context.run(argMaxOnKernel(typeOf(x)), numbers, memory, place.length);
          yield* putPiece(context, places, result, place.offset);
          yield* putPiece(context, highest, context.tensor(values), place.offset);
        });
      }
    });
  });
}

interface Arranged {
  readonly source: Block;
  readonly outer: number;
  readonly extent: number;
  readonly inner: number;
}

/** Brings the axes that disappear side by side. */
function* arrange(context: MemberContext, x: TensorRef, axes: readonly number[], keep: Keep): Steps<Arranged> {
  const first = axes[0] ?? x.shape.length;
  const isTogether = axes.every((axis, i) => axis === first + i);
  if (isTogether) {
    const end = first + axes.length;
    return {
      source: context.block(x),
      outer: sizeOf(x.shape.slice(0, first)),
      extent: sizeOf(x.shape.slice(first, end)),
      inner: sizeOf(x.shape.slice(end)),
    };
  }
  const kept = x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const moved = keep(yield* permute(context, x, [...kept, ...axes]));
  const extents = (of: readonly number[]): Shape => of.map((axis) => x.shape[axis] as number);
  return { source: oneBlock(moved, x.shape), outer: sizeOf(extents(kept)), extent: sizeOf(extents(axes)), inner: 1 };
}

function typeOf(x: TensorRef): "f32" | "i32" {
  return x.dtype === "float32" ? "f32" : "i32";
}

function argMax(context: MemberContext, x: TensorRef, { source, outer, extent, inner }: Arranged): GpuTensor {
  const items = outer * inner;
  const result = context.result("int32", items);
  context.run(argMaxKernel(typeOf(x)), [items, extent, inner], [source, ...result.blocks], items);
  return result;
}

function fold(
  context: MemberContext,
  op: Exclude<ReduceOp, "argMax">,
  x: TensorRef,
  { source, outer, extent, inner }: Arranged,
  keep: Keep,
): GpuTensor {
  let [from, left] = [source, extent];
  for (;;) {
    const parts = Math.max(1, Math.ceil(left / longest));
    const items = outer * parts * inner;
    const result = context.result(x.dtype, items);
    if (parts > 1) keep(result);
    const [to] = result.blocks as readonly [Block];
    context.run(foldKernel(op, typeOf(x)), [items, left, inner, parts, 0], [from, to], items);
    if (parts === 1) return result;
    [from, left] = [to, parts];
  }
}
