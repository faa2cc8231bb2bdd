import type { Kernel } from "../gpu/kernel.ts";
import { catchUpKernel } from "./catch-up.wgsl.ts";
import { fillWords } from "./fill.wgsl.ts";
import { foldSpans, joinSpans } from "./gather-reduce-spans.wgsl.ts";
import { gatherReduce } from "./gather-reduce.wgsl.ts";
import { gatherRows } from "./gather-rows.wgsl.ts";
import { updateKernel } from "./update.wgsl.ts";

/**
 * Kernels that nearly every program runs: lookups, bags, and a step of Adam. The others depend on the model.
 *
 * @param subgroups - Whether the adapter has them.
 * @returns The kernels.
 */
export function usualKernels(subgroups: boolean): readonly Kernel[] {
  return [
    fillWords,
    gatherRows(4, false),
    gatherReduce("sum", false, "float32", 4),
    gatherReduce("mean", false, "float32", 4),
    foldSpans("sum", false, "float32", 4),
    joinSpans("sum", false, 4, subgroups),
    catchUpKernel("adam"),
    updateKernel("adam", true),
    updateKernel("adam", false),
  ];
}
