import { sizeOf } from "@rowan/api";
import type { Backend, GatherReduceArgs, GatherReduceQuantizedArgs, Handle, TensorRef } from "@rowan/api";
import { gatherReduce } from "../kernels/gather-reduce.wgsl.ts";
import { foldSpans, joinSpans } from "../kernels/gather-reduce-spans.wgsl.ts";
import type { Block, GpuTensor } from "../storage/gpu-tensor.ts";
import { floatRows, quantizedInOneBlock, quantizedRows } from "./row-sources.ts";
import type { Rows } from "./row-sources.ts";
import { countUp } from "./device-rows.ts";
import { gatherRowsOf } from "./rows.ts";
import type { MemberContext } from "./member-context.ts";

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
      const bags = sizeOf(offsets.shape) - 1;
      const result = context.target(into, "float32", bags * dim);
      if (result.length === 0) return result;
      return context.withTemporaries((keep) => {
        const split = !context.isInOneBlock(source) && sizeOf(ids.shape) > 0;
        const args = { ids, offsets, weights, mode };
        if (!split) return reduceBags(context, floatRows(context, source), args, result, keep);
        // Rows of a table in several buffers are brought together first; each of them is then used once.
        const count = sizeOf(ids.shape);
        const rows: TensorRef = { handle: keep(gatherRowsOf(context, source, ids)), shape: [count, dim], dtype: "float32" };
        const every = { handle: keep(countUp(context, count)), shape: [count], dtype: "int32" } as const;
        return reduceBags(context, floatRows(context, rows), { ...args, ids: every }, result, keep);
      });
    },
    gatherReduceQuantized({ source, ids, offsets, weights, mode, into }: GatherReduceQuantizedArgs): Handle {
      const result = context.target(into, "float32", (sizeOf(offsets.shape) - 1) * source.dim);
      if (result.length === 0) return result;
      return context.withTemporaries((keep) => {
        const near = quantizedInOneBlock(context, source, ids, keep);
        return reduceBags(context, quantizedRows(context, near.source), { ids: near.ids, offsets, weights, mode }, result, keep);
      });
    },
  };
}

function reduceBags(
  context: MemberContext,
  rows: Rows,
  { ids, offsets, weights, mode }: BagArgs,
  result: GpuTensor,
  keep: (tensor: GpuTensor) => GpuTensor,
): Handle {
  const weighted = weights !== undefined;
  const count = sizeOf(ids.shape);
  const bags = sizeOf(offsets.shape) - 1;
  const [columns] = rows.numbers as [number];
  const [to] = result.blocks as readonly [Block];
  const inputs = [...rows.blocks, context.block(ids), context.block(offsets), ...(weights ? [context.block(weights)] : [])];
  if (count <= shortIds) {
    const kernel = gatherReduce(mode, weighted, rows.kind, rows.width);
    context.run(kernel, [bags * columns, 0, ...rows.numbers], [...inputs, to], bags * columns);
    return result;
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
  return result;
}
