/** Work on tensors whose rows lie on the host: rows are brought to a cache on the device, are used and changed there, and written back. */
import { UnsupportedOpError } from "@rowan/api";
import type { CopyRegion, TensorRef, TypedArray } from "@rowan/api";
import type { GpuTensor } from "../storage/gpu-tensor.ts";
import { HostedTensor } from "../storage/hosted-tensor.ts";
import { copyOnDevice } from "./device-copy.ts";
import { gatherOnDevice, scatterOnDevice } from "./device-rows.ts";
import type { MemberContext } from "./member-context.ts";
import { readRange, uploadValues, writeRange } from "./transfer.ts";

/** Whole tensors pass the device in pieces of about so many elements. */
const pieceElements = 1 << 20;

/**
 * `gather` from such a tensor.
 *
 * @param context - The device and its memory.
 * @param source - The rows.
 * @param ids - Int32, known on the host.
 * @param result - Where they go, on the device.
 */
export function gatherHosted(context: MemberContext, source: HostedTensor, ids: TensorRef, result: GpuTensor): void {
  const list = idsOnHost(context, ids);
  const { width } = source.rows;
  // What is only read may pass through the cache in parts; what the cache holds changed must stay there.
  const step = Math.max(1, source.rows.capacity - source.rows.changedCount);
  for (let from = 0; from < list.length; from += step) {
    const part = list.subarray(from, from + step);
    const slots = placeRows(context, source, part, true);
    context.withTemporaries((keep) => {
      const whole = part.length === list.length;
      const rows = whole ? result : keep(context.result(source.dtype, part.length * width));
      gatherOnDevice(context, source.cache, slotIds(context, slots, keep), width, rows);
      if (!whole) copyOnDevice(context, rows, result, { sourceOffset: 0, targetOffset: from * width, length: rows.length });
    });
  }
}

/**
 * `scatter` into such a tensor.
 *
 * @param context - The device and its memory.
 * @param target - The rows.
 * @param ids - Int32, known on the host, each once.
 * @param rows - Their new values, on the device.
 */
export function scatterHosted(context: MemberContext, target: HostedTensor, ids: TensorRef, rows: TensorRef): void {
  setRows(context, target, idsOnHost(context, ids), rows);
}

/**
 * `write` to such a tensor.
 *
 * @param context - The device and its memory.
 * @param target - The tensor.
 * @param data - The values.
 * @param offset - The first element.
 */
export function writeHosted(context: MemberContext, target: HostedTensor, data: TypedArray, offset: number): void {
  const { rows, cache } = target;
  const { width } = rows;
  const end = offset + data.length;
  rows.values.set(data, offset);
  for (let row = Math.floor(offset / width); row * width < end; row++) {
    const slot = rows.slotOf(row);
    if (slot === undefined) continue;
    const [from, to] = [Math.max(offset, row * width), Math.min(end, (row + 1) * width)];
    if (to - from === width) {
      rows.drop(row);
      continue;
    }
    writeRange(context, cache, data.subarray(from - offset, to - offset), slot * width + from - row * width);
    rows.change(Int32Array.of(slot));
  }
}

/**
 * `fill` of such a tensor.
 *
 * @param target - The tensor.
 * @param value - Its new values.
 */
export function fillHosted(target: HostedTensor, value: number): void {
  target.rows.values.fill(value);
  target.rows.dropAll();
}

/**
 * `read` of such a tensor: its values at the time of the call.
 *
 * @param context - The device and its memory.
 * @param source - The tensor.
 * @param offset - The first element.
 * @param length - How many.
 * @returns The values.
 */
export async function readHosted(context: MemberContext, source: HostedTensor, offset: number, length: number): Promise<TypedArray> {
  const { rows } = source;
  const { width } = rows;
  const result = rows.values.slice(offset, offset + length);
  const changed = rows.changedRows(Math.floor(offset / width), Math.ceil((offset + length) / width));
  if (changed.slots.length === 0) return result;
  const values = await readSlots(context, source, changed.slots);
  changed.accept(values);
  changed.rows.forEach((row, i) => {
    const [from, to] = [Math.max(offset, row * width), Math.min(offset + length, (row + 1) * width)];
    const start = i * width - row * width;
    result.set(values.subarray(from + start, to + start), from - offset);
  });
  return result;
}

/**
 * `copy` from or to such a tensor.
 *
 * @param context - The device and its memory.
 * @param source - Where from.
 * @param target - Where to.
 * @param region - What.
 */
export function copyHosted(context: MemberContext, source: GpuTensor, target: GpuTensor, region: CopyRegion): void {
  const { sourceOffset, targetOffset, length } = region;
  if (source instanceof HostedTensor && target instanceof HostedTensor && source !== target) {
    const { width } = source.rows;
    const isByRows = width === target.rows.width && [sourceOffset, targetOffset, length].every((at) => at % width === 0);
    if (isByRows) {
      copyHostedRows(context, source, target, region);
      return;
    }
  }
  // Within one tensor the pieces might overlap.
  const step = source === target ? length : pieceElements;
  for (let done = 0; done < length; done += step) {
    const piece = { sourceOffset: sourceOffset + done, targetOffset: targetOffset + done, length: Math.min(step, length - done) };
    context.withTemporaries((keep) => {
      const isHosted = source instanceof HostedTensor;
      const from = isHosted ? keep(bringRange(context, source, piece.sourceOffset, piece.length)) : source;
      const part = isHosted ? { ...piece, sourceOffset: 0 } : piece;
      if (target instanceof HostedTensor) copyToHosted(context, from, target, part, keep);
      else copyOnDevice(context, from, target, part);
    });
  }
}

/** Rows that the host knows go from array to array, those that were changed from cache to cache. */
function copyHostedRows(context: MemberContext, source: HostedTensor, target: HostedTensor, region: CopyRegion): void {
  const { sourceOffset, targetOffset, length } = region;
  const { width } = source.rows;
  const first = sourceOffset / width;
  writeHosted(context, target, source.rows.values.subarray(sourceOffset, sourceOffset + length), targetOffset);
  const { rows, slots } = source.rows.changedRows(first, first + length / width);
  if (rows.length === 0) return;
  const ids = rows.map((row) => row - first + targetOffset / width);
  context.withTemporaries((keep) => {
    setRows(context, target, ids, { handle: keep(gatherSlots(context, source, slots)), shape: [rows.length, width], dtype: source.dtype });
  });
}

/** A range of such a tensor, on the device. */
function bringRange(context: MemberContext, source: HostedTensor, offset: number, length: number): GpuTensor {
  const { rows, cache, dtype } = source;
  const { width } = rows;
  const result = uploadValues(context, dtype, rows.values.slice(offset, offset + length));
  const changed = rows.changedRows(Math.floor(offset / width), Math.ceil((offset + length) / width));
  changed.rows.forEach((row, i) => {
    const [from, to] = [Math.max(offset, row * width), Math.min(offset + length, (row + 1) * width)];
    const sourceOffset = (changed.slots[i] as number) * width + from - row * width;
    copyOnDevice(context, cache, result, { sourceOffset, targetOffset: from - offset, length: to - from });
  });
  return result;
}

/** Elements on the device become elements of such a tensor: whole rows in their slots, and parts of rows in those of theirs. */
function copyToHosted(
  context: MemberContext,
  source: GpuTensor,
  target: HostedTensor,
  { sourceOffset, targetOffset, length }: CopyRegion,
  keep: (tensor: GpuTensor) => GpuTensor,
): void {
  const { width } = target.rows;
  const end = targetOffset + length;
  const [first, last] = [Math.ceil(targetOffset / width), Math.floor(end / width)];
  const copyPart = (row: number, from: number, to: number): void => {
    if (from >= to) return;
    const slots = placeRows(context, target, Int32Array.of(row), true);
    const at = (slots[0] as number) * width + from - row * width;
    copyOnDevice(context, source, target.cache, { sourceOffset: sourceOffset + from - targetOffset, targetOffset: at, length: to - from });
    target.rows.change(slots);
  };
  if (first > last) {
    copyPart(last, targetOffset, end);
    return;
  }
  copyPart(first - 1, targetOffset, first * width);
  if (last > first) {
    const count = last - first;
    const rows = keep(context.result(target.dtype, count * width));
    copyOnDevice(context, source, rows, {
      sourceOffset: sourceOffset + first * width - targetOffset,
      targetOffset: 0,
      length: rows.length,
    });
    const ids = Int32Array.from({ length: count }, (_, i) => first + i);
    setRows(context, target, ids, { handle: rows, shape: [count, width], dtype: target.dtype });
  }
  copyPart(last, last * width, end);
}

/** Ids in the host's memory: a device cannot be asked without waiting for it. */
function idsOnHost(context: MemberContext, ids: TensorRef): Int32Array {
  const { hostIds } = context.tensor(ids);
  if (hostIds) return hostIds;
  throw new UnsupportedOpError(
    "Rows that lie on the host, since the device has no room for their table, are found by ids that the host knows. Received: ids that were computed on the device. Compute them on the host, or raise `memoryBytes`.",
  );
}

/** The slots of rows, which are brought to the cache where they are not there yet, unless they are about to be overwritten. */
function placeRows(context: MemberContext, tensor: HostedTensor, ids: Int32Array, bring: boolean): Int32Array {
  const { rows } = tensor;
  let placement = rows.place(ids);
  if (!placement) {
    const enough = Math.max(2 * rows.capacity, rows.changedCount + ids.length);
    context.storage.growCache(tensor, Math.min(enough, tensor.length / rows.width), (from, to) => {
      copyOnDevice(context, from, to, { sourceOffset: 0, targetOffset: 0, length: from.length });
    });
    placement = rows.place(ids);
  }
  const { slots, missing } = placement as NonNullable<typeof placement>;
  if (bring && missing.rows.length > 0) {
    context.withTemporaries((keep) => {
      const brought = keep(uploadValues(context, tensor.dtype, rows.collect(missing.rows)));
      const ref: TensorRef = { handle: brought, shape: [missing.rows.length, rows.width], dtype: tensor.dtype };
      scatterOnDevice(context, tensor.cache, slotIds(context, missing.slots, keep), rows.width, ref);
    });
  }
  return slots;
}

function setRows(context: MemberContext, target: HostedTensor, ids: Int32Array, values: TensorRef): void {
  const slots = placeRows(context, target, ids, false);
  context.withTemporaries((keep) => {
    scatterOnDevice(context, target.cache, slotIds(context, slots, keep), target.rows.width, values);
  });
  target.rows.change(slots);
  writeBack(context, target);
}

/** Once half of a cache is newer than the host, its changed rows go there while other work goes on. */
function writeBack(context: MemberContext, tensor: HostedTensor): void {
  const { rows } = tensor;
  if (tensor.isWritingBack || 2 * rows.changedCount < rows.capacity) return;
  tensor.isWritingBack = true;
  const changed = rows.changedRows();
  const end = (): void => {
    tensor.isWritingBack = false;
  };
  void readSlots(context, tensor, changed.slots).then(
    (values) => {
      end();
      changed.accept(values);
    },
    (error: unknown) => {
      end();
      context.gpu.tellLater(error);
    },
  );
}

/** Rows of the cache as they are now. */
async function readSlots(context: MemberContext, tensor: HostedTensor, slots: Int32Array): Promise<TypedArray> {
  return context.withTemporaries((keep) => {
    const rows = keep(gatherSlots(context, tensor, slots));
    return readRange(context, rows, 0, rows.length);
  });
}

function gatherSlots(context: MemberContext, tensor: HostedTensor, slots: Int32Array): GpuTensor {
  const result = context.result(tensor.dtype, slots.length * tensor.rows.width);
  context.withTemporaries((keep) => {
    gatherOnDevice(context, tensor.cache, slotIds(context, slots, keep), tensor.rows.width, result);
  });
  return result;
}

function slotIds(context: MemberContext, slots: Int32Array, keep: (tensor: GpuTensor) => GpuTensor): TensorRef {
  return { handle: keep(uploadValues(context, "int32", slots)), shape: [slots.length], dtype: "int32" };
}
