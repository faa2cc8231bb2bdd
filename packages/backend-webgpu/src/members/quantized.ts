import { sizeOf } from "@rowan/api";
import type { Backend, Handle } from "@rowan/api";
import { gatherQuantized } from "../kernels/gather-quantized.wgsl.ts";
import { oneBlock } from "./member-context.ts";
import type { MemberContext } from "./member-context.ts";
import { holdQuantized, quantizedInOneBlock, quantizedRows } from "./row-sources.ts";

/**
 * `gatherQuantized`.
 *
 * @param context - The device and its memory.
 * @returns This member of the contract.
 */
export function quantizedMembers(context: MemberContext): Required<Pick<Backend, "gatherQuantized">> {
  return {
    gatherQuantized(source, ids, into): Handle {
      const [held, chosen] = [holdQuantized(context, source), context.hold(ids)];
      return context.makeInto(into, "float32", sizeOf(ids.shape) * source.dim, (result) =>
        context.using(function* (keep) {
          if (result.length === 0) return;
          const near = yield* quantizedInOneBlock(context, held, chosen, keep);
          const rows = quantizedRows(context, near.source);
          const items = result.length / rows.width;
          const memory = [...rows.blocks, context.block(near.ids), oneBlock(result, [...ids.shape, source.dim])];
          context.run(gatherQuantized(rows.kind, rows.width), [items, ...rows.numbers], memory, items);
        }),
      );
    },
  };
}
