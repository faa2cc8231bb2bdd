import { sizeOf } from "@rowan/api";
import type { Backend, Handle } from "@rowan/api";
import { gatherQuantized } from "../kernels/gather-quantized.wgsl.ts";
import type { MemberContext } from "./member-context.ts";
import { quantizedInOneBlock, quantizedRows } from "./row-sources.ts";

/**
 * `gatherQuantized`.
 *
 * @param context - The device and its memory.
 * @returns This member of the contract.
 */
export function quantizedMembers(context: MemberContext): Required<Pick<Backend, "gatherQuantized">> {
  return {
    gatherQuantized(source, ids, into): Handle {
      const result = context.target(into, "float32", sizeOf(ids.shape) * source.dim);
      if (result.length === 0) return result;
      context.withTemporaries((keep) => {
        const near = quantizedInOneBlock(context, source, ids, keep);
        const rows = quantizedRows(context, near.source);
        const items = result.length / rows.width;
        const memory = [...rows.blocks, context.block(near.ids), ...result.blocks];
        context.run(gatherQuantized(rows.kind, rows.width), [items, ...rows.numbers], memory, items);
      });
      return result;
    },
  };
}
