import { sizeOf } from "@rowan/api";
import type { Backend, Handle, ReduceOp, Shape, TensorRef } from "@rowan/api";
import { argMaxKernel, foldKernel } from "../kernels/reduce.wgsl.ts";
import type { Block, GpuTensor } from "../storage/gpu-tensor.ts";
import { oneBlock } from "./member-context.ts";
import type { MemberContext } from "./member-context.ts";
import { permute } from "./boxes.ts";

/** No work item folds more elements than this. */
const longest = 256;

/**
 * Folding of axes: neighbouring ones at once, others after a permutation that makes them neighbours.
 *
 * @param context - The device and its memory.
 * @returns This member of the contract.
 */
export function reduceMembers(context: MemberContext): Pick<Backend, "reduce"> {
  return {
    reduce(op, x, axes): Handle {
      return context.withTemporaries((keep) => {
        const { source, outer, extent, inner } = arrange(context, x, axes, keep);
        if (op === "argMax") return argMax(context, x, source, outer, extent, inner);
        return fold(context, op, x, source, outer, extent, inner, keep);
      });
    },
  };
}

interface Arranged {
  readonly source: Block;
  readonly outer: number;
  readonly extent: number;
  readonly inner: number;
}

/** Brings the axes that disappear side by side. */
function arrange(context: MemberContext, x: TensorRef, axes: readonly number[], keep: (tensor: GpuTensor) => GpuTensor): Arranged {
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
  const moved = keep(permute(context, x, [...kept, ...axes]));
  const extents = (of: readonly number[]): Shape => of.map((axis) => x.shape[axis] as number);
  return { source: oneBlock(moved, x.shape), outer: sizeOf(extents(kept)), extent: sizeOf(extents(axes)), inner: 1 };
}

function typeOf(x: TensorRef): "f32" | "i32" {
  return x.dtype === "float32" ? "f32" : "i32";
}

function argMax(context: MemberContext, x: TensorRef, source: Block, outer: number, extent: number, inner: number): Handle {
  const items = outer * inner;
  const result = context.result("int32", items);
  context.run(argMaxKernel(typeOf(x)), [items, extent, inner], [source, ...result.blocks], items);
  return result;
}

function fold(
  context: MemberContext,
  op: Exclude<ReduceOp, "argMax">,
  x: TensorRef,
  source: Block,
  outer: number,
  extent: number,
  inner: number,
  keep: (tensor: GpuTensor) => GpuTensor,
): Handle {
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
