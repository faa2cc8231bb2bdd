import type { CopyRegion } from "@rowan/api";
import { copyBytes } from "../kernels/copy-bytes.wgsl.ts";
import { isPacked } from "../storage/gpu-tensor.ts";
import type { GpuTensor } from "../storage/gpu-tensor.ts";
import type { MemberContext } from "./member-context.ts";
import { partsOf } from "./transfer.ts";
import type { Part } from "./transfer.ts";

/**
 * Copies elements between tensors on the device.
 *
 * @param context - The device and its memory.
 * @param source - Where from.
 * @param target - Where to, of the same dtype; may be the same tensor.
 * @param region - What.
 */
export function copyOnDevice(
  context: MemberContext,
  source: GpuTensor,
  target: GpuTensor,
  { sourceOffset, targetOffset, length }: CopyRegion,
): void {
  if (source === target) {
    // A buffer cannot be both sides of a copy.
    context.withTemporaries((keep) => {
      const between = keep(context.result(source.dtype, length));
      copyOnDevice(context, source, between, { sourceOffset, targetOffset: 0, length });
      copyOnDevice(context, between, target, { sourceOffset: 0, targetOffset, length });
    });
    return;
  }
  for (const from of partsOf(source, sourceOffset, length)) {
    for (const to of partsOf(target, targetOffset + from.from, from.length)) {
      copyPart(context, source.dtype, { ...from, at: from.at + to.from }, to);
    }
  }
}

function copyPart(context: MemberContext, dtype: GpuTensor["dtype"], from: Part, to: Part): void {
  if (!isPacked(dtype)) {
    context.gpu.recorder.copy(from.block, 4 * from.at, to.block, 4 * to.at, 4 * to.length);
    return;
  }
  const words = Math.ceil((to.at + to.length) / 4) - Math.floor(to.at / 4);
  context.run(copyBytes, [from.at, to.at, to.length], [from.block, to.block], words);
}
