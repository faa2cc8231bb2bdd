import { sizeOf } from "@rowan/api";
import type { Backend, GatherReduceArgs, GatherReduceQuantizedArgs, Handle, TensorRef } from "@rowan/api";
import { gatherReduce } from "../kernels/gather-reduce.wgsl.ts";
import { foldSpans, joinSpans } from "../kernels/gather-reduce-spans.wgsl.ts";
import type { Steps } from "../order/steps.ts";
import type { Block, GpuTensor } from "../storage/gpu-tensor.ts";
import { floatRows, holdQuantized, quantizedInOneBlock, quantizedRows, rowsInOneBlock } from "./row-sources.ts";
import type { Rows } from "./row-sources.ts";
import { oneBlock } from "./member-context.ts";
import type { Keep, MemberContext } from "./member-context.ts";
import { takeWhole } from "./pieces.ts";

/** Up to so many ids each bag is folded by one work item for each group of columns. */
const shortIds = 512;

/** Arguments of a fold, but for the rows. */
type BagArgs = Omit<GatherReduceArgs, "source" | "into" | "weights"> & { readonly weights: TensorRef | undefined };

/**
 * Bags: `gatherReduce`, also of quantized rows.
 *
 * @param context - The device and its memory.
 * @returns These members of the contract.
 */
export function bagMembers(context: MemberContext): Pick<Backend, "gatherReduce"> & Required<Pick<Backend, "gatherReduceQuantized">> {
  return {
    gatherReduce({ source, ids, offsets, weights, mode, into }: GatherReduceArgs): Handle {
      const dim = source.shape[1] as number;
      const rows = context.hold(source);
      const args = holdBags(context, { ids, offsets, weights, mode });
      return context.makeInto(into, "float32", (sizeOf(offsets.shape) - 1) * dim, (result) =>
        context.using(function* (keep) {
          if (result.length === 0) return;
          const near = yield* rowsInOneBlock(context, rows, args.ids, keep);
          yield* reduceBags(context, floatRows(context, near.rows), { ...args, ids: near.ids }, result, keep);
        }),
      );
    },
    gatherReduceQuantized({ source, ids, offsets, weights, mode, into }: GatherReduceQuantizedArgs): Handle {
      const rows = holdQuantized(context, source);
      const args = holdBags(context, { ids, offsets, weights, mode });
      return context.makeInto(into, "float32", (sizeOf(offsets.shape) - 1) * source.dim, (result) =>
        context.using(function* (keep) {
          if (result.length === 0) return;
          const near = yield* quantizedInOneBlock(context, rows, args.ids, keep);
          yield* reduceBags(context, quantizedRows(context, near.source), { ...args, ids: near.ids }, result, keep);
        }),
      );
    },
  };
}

function holdBags(context: MemberContext, { ids, offsets, weights, mode }: BagArgs): BagArgs {
  return { ids: context.hold(ids), offsets: context.hold(offsets), weights: weights && context.hold(weights), mode };
}

function* reduceBags(
  context: MemberContext,
  rows: Rows,
  { ids, offsets, weights, mode }: BagArgs,
  result: GpuTensor,
  keep: Keep,
): Steps<void> {
  const weighted = weights !== undefined;
  const count = sizeOf(ids.shape);
  const bags = sizeOf(offsets.shape) - 1;
  const [columns] = rows.numbers as [number];
  const to = oneBlock(result, [bags, rows.dim]);
  const factors = weights && (yield* takeWhole(context, weights, keep));
  const inputs = [...rows.blocks, context.block(ids), context.block(offsets), ...(factors ? [context.block(factors)] : [])];
  if (count <= shortIds) {
    const kernel = gatherReduce(mode, weighted, rows.kind, rows.width);
    context.run(kernel, [bags * columns, 0, ...rows.numbers], [...inputs, to], bags * columns);
    return;
  }
  const span = count <= 65_536 ? 32 : 64;
  const spans = Math.ceil(count / span);
  const [partial] = keep(context.result("float32", 2 * spans * rows.dim)).blocks as readonly [Block];
  const [partialWeights] = keep(context.result("float32", 2 * spans)).blocks as readonly [Block];
  // Empty bags lie in no span.
  context.gpu.recorder.clear(to);
  const fold = foldSpans(mode, weighted, rows.kind, rows.width);
  context.run(fold, [spans, 0, count, bags, span, ...rows.numbers], [...inputs, to, partial, partialWeights], spans * columns);
  const join = joinSpans(mode, weighted, rows.width, context.gpu.opened.hasSubgroups);
  const offsetBlock = context.block(offsets);
  context.run(join, [0, count, bags, span, columns], [offsetBlock, partial, partialWeights, to], spans * join.workgroupSize);
}
