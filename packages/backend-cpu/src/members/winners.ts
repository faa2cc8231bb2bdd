import { sizeOf } from "@rowan/api";
import type { Backend } from "@rowan/api";
import type { Context } from "../context.ts";

type WinnerMembers = Pick<Backend, "gatherMax" | "sumWinners" | "rowDots">;

/**
 * What bags need in training, without a row for each id.
 *
 * @param context - Kernels and memory.
 * @returns Members of the contract.
 */
export function winnerMembers<F, I, U>(context: Context<F, I, U>): Required<WinnerMembers> {
  const { kernels } = context;
  return {
    gatherMax({ source, ids, offsets }) {
      const bags = sizeOf(offsets.shape) - 1;
      const dim = source.shape[1] as number;
      const values = context.result("float32", bags * dim);
      const winners = context.result("int32", bags * dim);
      const [rows, at, bounds] = [context.block(source).f32, context.block(ids).i32, context.block(offsets).i32];
      kernels.winBags(rows, at, bounds, values.f32, winners.i32, bags, dim);
      return { values, winners };
    },
    sumWinners({ source, winners, positions, bags, offsets }) {
      const groups = sizeOf(offsets.shape) - 1;
      const dim = source.shape[1] as number;
      const out = context.result("float32", groups * dim);
      const [places, owners, bounds] = [context.block(positions).i32, context.block(bags).i32, context.block(offsets).i32];
      kernels.sumWon(context.block(source).f32, context.block(winners).i32, places, owners, bounds, out.f32, groups, dim);
      return out;
    },
    rowDots(a, aIds, b, bIds) {
      const count = sizeOf(aIds.shape);
      const out = context.result("float32", count);
      const [left, right] = [context.block(a).f32, context.block(b).f32];
      kernels.dotRows(left, context.block(aIds).i32, right, context.block(bIds).i32, out.f32, count, a.shape[1] as number);
      return out;
    },
  };
}
