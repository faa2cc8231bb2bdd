import { sizeOf } from "@rowan/api";
import type { Backend, Shape, TensorRef } from "@rowan/api";
import { dotRows } from "../kernels/row-dots.wgsl.ts";
import { sumWon, winBags } from "../kernels/winners.wgsl.ts";
import type { Sharing } from "../kernels/winners.wgsl.ts";
import type { Block, GpuTensor } from "../storage/gpu-tensor.ts";
import { oneBlock } from "./member-context.ts";
import type { MemberContext } from "./member-context.ts";
import { takeWhole } from "./pieces.ts";
import { rowsInOneBlock } from "./row-sources.ts";

type WinnerMembers = Required<Pick<Backend, "gatherMax" | "sumWinners" | "rowDots">>;

/** Up to so many ids one work item takes all of an element's. */
const fewIds = 512;

/**
 * What bags of maxima and pairs of rows need in training.
 *
 * @param context - The device and its memory.
 * @returns These members of the contract.
 */
export function winnerMembers(context: MemberContext): WinnerMembers {
  return {
    gatherMax({ source, ids, offsets }) {
      const dim = source.shape[1] as number;
      const items = (sizeOf(offsets.shape) - 1) * dim;
      const [rows, chosen, cuts] = [context.hold(source), context.hold(ids), context.hold(offsets)];
      const [values, winners] = context.make(
        [
          ["float32", items],
          ["int32", items],
        ],
        () =>
          context.using(function* (keep) {
            const make = (): GpuTensor[] => [context.result("float32", items), context.result("int32", items)];
            if (items === 0) return make();
            const near = yield* rowsInOneBlock(context, rows, chosen, keep);
            const memory = [near.rows, near.ids, cuts].map((ref) => context.block(ref));
            const lanes = sharingOf(chosen);
            // What is in front of this may throw, and nobody else would end them.
            const made = make();
            context.run(winBags(lanes), [items, dim], [...memory, ...blocksOf(made, [items])], items * lanes);
            return made;
          }),
      );
      return { values, winners };
    },
    sumWinners({ source, winners, positions, bags, offsets }) {
      const dim = source.shape[1] as number;
      const items = (sizeOf(offsets.shape) - 1) * dim;
      const held = [source, winners, positions, bags, offsets].map((ref) => context.hold(ref));
      return context.makeInto(undefined, "float32", items, (result) =>
        context.using(function* (keep) {
          if (items === 0) return;
          const [first, ...others] = held as [TensorRef, ...TensorRef[]];
          const memory = [yield* takeWhole(context, first, keep), ...others].map((ref) => context.block(ref));
          const lanes = sharingOf(held[2] as TensorRef);
          context.run(sumWon(lanes), [items, dim], [...memory, ...blocksOf([result], [items])], items * lanes);
        }),
      );
    },
    rowDots(a, aIds, b, bIds) {
      const items = sizeOf(aIds.shape);
      const dim = a.shape[1] as number;
      const [left, leftIds, right, rightIds] = [context.hold(a), context.hold(aIds), context.hold(b), context.hold(bIds)];
      return context.makeInto(undefined, "float32", items, (result) =>
        context.using(function* (keep) {
          if (items === 0) return;
          const one = yield* rowsInOneBlock(context, left, leftIds, keep);
          const other = yield* rowsInOneBlock(context, right, rightIds, keep);
          const memory = [one.rows, one.ids, other.rows, other.ids].map((ref) => context.block(ref));
          context.run(dotRows, [items, dim], [...memory, ...blocksOf([result], [items])], items);
        }),
      );
    },
  };
}

function blocksOf(tensors: readonly GpuTensor[], shape: Shape): Block[] {
  return tensors.map((tensor) => oneBlock(tensor, shape));
}

function sharingOf(ids: TensorRef): Sharing {
  return sizeOf(ids.shape) <= fewIds ? 1 : 16;
}
