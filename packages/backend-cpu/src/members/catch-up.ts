import { sizeOf } from "@rowan/api";
import type { Backend } from "@rowan/api";
import type { Context } from "../context.ts";

/** Columns of the factors: what w is multiplied with, and what second moments are. */
const [columnD, columnB] = [0, 2];

/**
 * Steps that were put off.
 *
 * @param context - Kernels and memory.
 * @returns Members of the contract.
 */
export function catchUpMembers<F, I, U>(context: Context<F, I, U>): Required<Pick<Backend, "catchUp">> {
  const { kernels } = context;
  return {
    catchUp({ rule, target, slots, ids, factors, groups }) {
      const rows = sizeOf(ids.shape);
      const columns = factors.shape[1] as number;
      const dim = sizeOf(target.shape.slice(1));
      const [w, at, table, group] = [
        context.block(target).f32,
        context.block(ids).i32,
        context.block(factors).f32,
        context.block(groups).i32,
      ];
      const slot = (index: number): F => context.block(slots[index] ?? target).f32;
      const scale = (x: F, column: number, flushes: boolean): void =>
        kernels.scaleRows(x, at, table, group, rows, dim, columns, column, Number(flushes));
      const withMoment = (moment: F | undefined): void => {
        if (moment === undefined) scale(w, columnD, false);
        else kernels.catchUpMomentum(w, moment, at, table, group, rows, dim, columns);
      };
      switch (rule.kind) {
        case "adam":
          kernels.catchUpAdam(w, slot(0), slot(1), slot(2), at, table, group, rows, dim, columns, rule.epsilon, Number(rule.amsgrad));
          return;
        case "sgd":
          withMoment(rule.momentum > 0 ? slot(0) : undefined);
          return;
        case "rmsprop":
          withMoment(rule.momentum > 0 ? slot(1) : undefined);
          scale(slot(0), columnB, true);
          if (rule.centered) scale(slot(slots.length - 1), columnB, true);
          return;
        case "adagrad":
        case "rowwiseAdagrad":
          withMoment(undefined);
          return;
      }
    },
  };
}
