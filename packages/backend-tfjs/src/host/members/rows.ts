import { sizeOf } from "@rowan/api";
import type { Backend } from "@rowan/api";
import { rowLength } from "../host-context.ts";
import type { HostContext } from "../host-context.ts";

type RowMembers = Pick<Backend, "gather" | "gatherReduce" | "scatter" | "update" | "catchUp">;

/**
 * Rows by id, read and written in place by our kernels.
 *
 * @param context - The engine.
 * @returns Members of the contract.
 */
export function rowMembers(context: HostContext): Required<RowMembers> {
  return {
    gather(source, ids, into) {
      const length = sizeOf(ids.shape) * rowLength(source);
      return context.fill(source.dtype, length, into, (out) => context.runInPlace("RowanGather", { source, ids, out }, {}));
    },
    gatherReduce({ source, ids, offsets, weights, mode, into }) {
      const length = (sizeOf(offsets.shape) - 1) * rowLength(source);
      const factors = weights ? { weights } : {};
      return context.fill("float32", length, into, (out) =>
        context.runInPlace("RowanFoldBags", { source, ids, offsets, ...factors, out }, { mode }),
      );
    },
    scatter: (target, ids, rows) => context.runInPlace("RowanScatter", { target, ids, rows }, {}),
    update({ rule, target, slots, gradient, ids }) {
      const byRow = ids !== undefined || rule.kind === "rowwiseAdagrad";
      const dim = byRow ? rowLength(target) : sizeOf(target.shape);
      const count = ids ? sizeOf(ids.shape) : byRow ? (target.shape[0] ?? 1) : 1;
      const named = Object.fromEntries(slots.map((slot, i) => [`slot${i}`, slot]));
      const inputs = { target, gradient, ...named, ...(ids ? { ids } : {}) };
      context.runInPlace("RowanUpdate", inputs, { rule, slots: slots.length, count, dim });
    },
    catchUp({ rule, target, slots, ids, factors, groups }) {
      const named = Object.fromEntries(slots.map((slot, i) => [`slot${i}`, slot]));
      context.runInPlace("RowanCatchUp", { target, ids, factors, groups, ...named }, { rule, slots: slots.length });
    },
  };
}
