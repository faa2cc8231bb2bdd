import type { TensorRef } from "@rowan/api";
import { countUpKernel } from "../kernels/count-up.wgsl.ts";
import { gatherBytes, gatherRows } from "../kernels/gather-rows.wgsl.ts";
import type { LoadWidth } from "../kernels/gather-rows.wgsl.ts";
import { scatterBytes, scatterRows } from "../kernels/scatter-rows.wgsl.ts";
import { isPacked, wordsOf } from "../storage/gpu-tensor.ts";
import type { GpuTensor } from "../storage/gpu-tensor.ts";
import type { MemberContext } from "./member-context.ts";

/** The widest load that divides a row of so many words. */
function widthOf(row: number): LoadWidth {
  return row % 4 === 0 ? 4 : row % 2 === 0 ? 2 : 1;
}

/**
 * Rows of a tensor on the device.
 *
 * @param context - The device and its memory.
 * @param source - Rows in any number of blocks.
 * @param ids - Int32, valid.
 * @param row - Elements of a row.
 * @param result - Where they go.
 */
export function gatherOnDevice(context: MemberContext, source: GpuTensor, ids: TensorRef, row: number, result: GpuTensor): void {
  const windowed = source.blocks.length > 1;
  const idBlock = context.block(ids);
  const ofBytes = isPacked(source.dtype) && row % 4 !== 0;
  // Four bytes of a row that is a whole number of words move as one word.
  const perWord = isPacked(source.dtype) && !ofBytes ? 4 : 1;
  const width = ofBytes ? 1 : widthOf(row / perWord);
  const unit = perWord * width;
  const kernel = ofBytes ? gatherBytes(windowed) : gatherRows(width, windowed);
  for (const to of result.blocks) {
    const items = Math.ceil(wordsOf(source.dtype, to.length) / (ofBytes ? 1 : 4));
    for (const from of source.blocks) {
      const window = [from.start / unit, Math.ceil((from.start + from.length) / unit)];
      context.run(kernel, [result.length / unit, row / unit, to.start / unit, ...window, items], [from, idBlock, to], items);
    }
  }
}

/**
 * Sets rows of a tensor on the device.
 *
 * @param context - The device and its memory.
 * @param target - Rows in any number of blocks.
 * @param ids - Int32, valid, each once.
 * @param row - Elements of a row.
 * @param rows - Their new values.
 */
export function scatterOnDevice(context: MemberContext, target: GpuTensor, ids: TensorRef, row: number, rows: TensorRef): void {
  const idBlock = context.block(ids);
  const rowBlock = context.block(rows);
  const ofBytes = isPacked(target.dtype) && row % 4 !== 0;
  const perWord = isPacked(target.dtype) && !ofBytes ? 4 : 1;
  const width = ofBytes ? 1 : widthOf(row / perWord);
  const unit = perWord * width;
  const kernel = ofBytes ? scatterBytes : scatterRows(width);
  const items = rowBlock.length / unit;
  for (const to of target.blocks) {
    const window = [to.start / unit, Math.ceil((to.start + to.length) / unit)];
    context.run(kernel, [items, row / unit, ...window], [rowBlock, idBlock, to], items);
  }
}

/**
 * The numbers from 0 on, made on the device.
 *
 * @param context - The device and its memory.
 * @param length - How many.
 * @returns A new int32 tensor.
 */
export function countUp(context: MemberContext, length: number): GpuTensor {
  const result = context.result("int32", length);
  for (const block of result.blocks) context.run(countUpKernel, [block.start, block.length], [block], block.length);
  return result;
}
