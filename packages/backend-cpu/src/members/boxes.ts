import { bytesPerElement, sizeOf, stridesOf } from "@rowan/api";
import type { Backend, DType, Shape } from "@rowan/api";
import type { Context } from "../context.ts";
import { collapse } from "../layout.ts";
import type { Block } from "../storage.ts";

type BoxMembers = Pick<Backend, "permute" | "concat" | "slice">;

/**
 * Elements moved to other places, unchanged.
 *
 * @param context - Kernels and memory.
 * @returns Members of the contract.
 */
export function boxMembers<F, I, U>(context: Context<F, I, U>): Required<BoxMembers> {
  const { kernels } = context;

  interface Place {
    readonly block: Block<F, I, U>;
    readonly start: number;
    readonly strides: readonly number[];
  }

  function copyBox(dtype: DType, shape: Shape, source: Place, target: Place): void {
    if (sizeOf(shape) === 0) return;
    const layout = collapse(shape, [source.strides, target.strides]);
    const [place, rank] = [context.layout(layout), layout.dims.length];
    if (bytesPerElement(dtype) === 4) kernels.copyBoxWords(source.block.i32, source.start, target.block.i32, target.start, place, rank);
    else kernels.copyBoxBytes(source.block.u8, source.start, target.block.u8, target.start, place, rank);
  }

  return {
    permute(x, axes) {
      const strides = stridesOf(x.shape);
      const shape = axes.map((axis) => x.shape[axis] as number);
      const out = context.result(x.dtype, sizeOf(shape));
      const from = { block: context.block(x), start: 0, strides: axes.map((axis) => strides[axis] as number) };
      copyBox(x.dtype, shape, from, { block: out, start: 0, strides: stridesOf(shape) });
      return out;
    },
    slice(x, begin, size) {
      const strides = stridesOf(x.shape);
      const out = context.result(x.dtype, sizeOf(size));
      const start = begin.reduce((sum, first, axis) => sum + first * (strides[axis] as number), 0);
      copyBox(x.dtype, size, { block: context.block(x), start, strides }, { block: out, start: 0, strides: stridesOf(size) });
      return out;
    },
    concat(parts, axis) {
      const [first] = parts;
      if (!first) throw new RangeError("concat needs at least one part");
      const extent = parts.reduce((sum, part) => sum + (part.shape[axis] as number), 0);
      const shape = first.shape.with(axis, extent);
      const strides = stridesOf(shape);
      const out = context.result(first.dtype, sizeOf(shape));
      let start = 0;
      for (const part of parts) {
        const from = { block: context.block(part), start: 0, strides: stridesOf(part.shape) };
        copyBox(part.dtype, part.shape, from, { block: out, start, strides });
        start += (part.shape[axis] as number) * (strides[axis] as number);
      }
      return out;
    },
  };
}
