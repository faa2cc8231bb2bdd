import { sizeOf } from "@rowan/api";
import type { Backend } from "@rowan/api";
import type { Context } from "../context.ts";
import { vectorColumns } from "../native-kernels.ts";

/** Columns of the factors: what w is multiplied with, and what second moments are. */
const [columnD, columnB] = [0, 2];

/** Looked-up rows of so many bytes and more are stored past the caches: what else a step writes drives them out before they are read. */
const leastStreamedLookup = 1 << 20;

/**
 * Steps that were put off.
 *
 * @param context - Kernels and memory.
 * @returns Members of the contract.
 */
export function catchUpMembers<F, I, U>(context: Context<F, I, U>): Required<Pick<Backend, "catchUp">> & Pick<Backend, "catchUpGather"> {
  const { kernels } = context;
  const members: Required<Pick<Backend, "catchUp">> = {
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
  const { catchUpAdamGather } = kernels;
  if (!catchUpAdamGather) return members;
  return {
    ...members,
    catchUpGather(args) {
      const { rule, target, slots, ids, factors, groups, places, unique, offsets, positions } = args;
      const dim = sizeOf(target.shape.slice(1));
      const length = sizeOf(places.shape) * dim;
      const out = context.result("float32", length);
      if (rule.kind === "adam" && !rule.amsgrad && dim % vectorColumns === 0) {
        const [w, m, v] = [target, ...slots].map((tensor) => context.block(tensor).f32) as [F, F, F];
        const [at, group, rows, bounds, uses] = [ids, groups, unique, offsets, positions].map((list) => context.block(list).i32) as [
          I,
          I,
          I,
          I,
          I,
        ];
        const table = context.block(factors).f32;
        const sizes = [sizeOf(ids.shape), dim, factors.shape[1] as number, rule.epsilon] as const;
        const streams = Number(length * 4 >= leastStreamedLookup);
        catchUpAdamGather(w, m, v, at, table, group, ...sizes, rows, bounds, uses, sizeOf(unique.shape), out.f32, streams);
      } else {
        members.catchUp(args);
        kernels.gatherRows(context.block(target).u8, context.block(places).i32, out.u8, sizeOf(places.shape), dim * 4);
      }
      return out;
    },
  };
}
