import { sizeOf } from "@rowan/api";
import type { Backend, TensorRef } from "@rowan/api";
import { dotRows } from "../kernels/row-dots.wgsl.ts";
import { sumWon, winBags } from "../kernels/winners.wgsl.ts";
import type { Sharing } from "../kernels/winners.wgsl.ts";
import { countUp } from "./device-rows.ts";
import { gatherRowsOf } from "./rows.ts";
import type { GpuTensor } from "../storage/gpu-tensor.ts";
import type { MemberContext } from "./member-context.ts";

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
      const values = context.result("float32", items);
      const winners = context.result("int32", items);
      if (items === 0) return { values, winners };
      context.withTemporaries((keep) => {
        const near = inOneBlock(context, source, ids, keep);
        const memory = [near.rows, near.ids, offsets].map((ref) => context.block(ref));
        const lanes = sharingOf(ids);
        context.run(winBags(lanes), [items, dim], [...memory, ...values.blocks, ...winners.blocks], items * lanes);
      });
      return { values, winners };
    },
    sumWinners({ source, winners, positions, bags, offsets }) {
      const dim = source.shape[1] as number;
      const items = (sizeOf(offsets.shape) - 1) * dim;
      const result = context.result("float32", items);
      if (items === 0) return result;
      const memory = [source, winners, positions, bags, offsets].map((ref) => context.block(ref));
      const lanes = sharingOf(positions);
      context.run(sumWon(lanes), [items, dim], [...memory, ...result.blocks], items * lanes);
      return result;
    },
    rowDots(a, aIds, b, bIds) {
      const items = sizeOf(aIds.shape);
      const result = context.result("float32", items);
      if (items === 0) return result;
      context.withTemporaries((keep) => {
        const left = inOneBlock(context, a, aIds, keep);
        const right = inOneBlock(context, b, bIds, keep);
        const memory = [left.rows, left.ids, right.rows, right.ids].map((ref) => context.block(ref));
        context.run(dotRows, [items, a.shape[1] as number], [...memory, ...result.blocks], items);
      });
      return result;
    },
  };
}

function sharingOf(ids: TensorRef): Sharing {
  return sizeOf(ids.shape) <= fewIds ? 1 : 16;
}

/** Rows of a table in several buffers are brought together first; each of them is then used once. */
function inOneBlock(
  context: MemberContext,
  source: TensorRef,
  ids: TensorRef,
  keep: (tensor: GpuTensor) => GpuTensor,
): { readonly rows: TensorRef; readonly ids: TensorRef } {
  const count = sizeOf(ids.shape);
  if (context.isInOneBlock(source) || count === 0) return { rows: source, ids };
  return {
    rows: { handle: keep(gatherRowsOf(context, source, ids)), shape: [count, source.shape[1] as number], dtype: "float32" },
    ids: { handle: keep(countUp(context, count)), shape: [count], dtype: "int32" },
  };
}
