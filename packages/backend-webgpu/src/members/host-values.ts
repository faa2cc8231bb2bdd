/** The values of tensors that lie on the host: the newest of some rows are in a cache on the device, and come back from there. */
import type { TensorRef, TypedArray } from "@rowan/api";
import { waitFor } from "../order/steps.ts";
import type { Steps } from "../order/steps.ts";
import type { GpuTensor } from "../storage/gpu-tensor.ts";
import type { HostPlace, RowCache } from "../storage/host-place.ts";
import { gatherOnDevice } from "./device-rows.ts";
import type { Keep, MemberContext } from "./member-context.ts";
import { readRange, uploadValues, writeRange } from "./transfer.ts";

/**
 * `write` to such a tensor.
 *
 * @param context - The device and its memory.
 * @param host - Where it lies.
 * @param data - The values.
 * @param offset - The first element.
 */
export function writeHosted(context: MemberContext, { values, cache }: HostPlace, data: TypedArray, offset: number): void {
  values.set(data, offset);
  if (!cache) return;
  const { rows, tensor } = cache;
  const { width } = rows;
  const end = offset + data.length;
  for (let row = Math.floor(offset / width); row * width < end; row++) {
    const slot = rows.slotOf(row);
    if (slot === undefined) continue;
    const [from, to] = [Math.max(offset, row * width), Math.min(end, (row + 1) * width)];
    if (to - from === width) {
      rows.drop(row);
      continue;
    }
    writeRange(context, tensor, data.subarray(from - offset, to - offset), slot * width + from - row * width);
    rows.change(Int32Array.of(slot));
  }
}

/**
 * `fill` of such a tensor.
 *
 * @param host - Where it lies.
 * @param value - Its new values.
 */
export function fillHosted({ values, cache }: HostPlace, value: number): void {
  values.fill(value);
  cache?.rows.dropAll();
}

/**
 * `read` of such a tensor: its values at the time of the call.
 *
 * @param context - The device and its memory.
 * @param host - Where it lies.
 * @param offset - The first element.
 * @param length - How many.
 * @returns The values.
 */
export async function readHosted(context: MemberContext, host: HostPlace, offset: number, length: number): Promise<TypedArray> {
  const result = host.values.slice(offset, offset + length);
  const { cache } = host;
  if (!cache) return result;
  const { width } = cache.rows;
  const changed = cache.rows.changedRows(Math.floor(offset / width), Math.ceil((offset + length) / width));
  if (changed.slots.length === 0) return result;
  const values = await readSlots(context, cache, changed.slots);
  changed.accept(values);
  changed.rows.forEach((row, i) => {
    const [from, to] = [Math.max(offset, row * width), Math.min(offset + length, (row + 1) * width)];
    const start = i * width - row * width;
    result.set(values.subarray(from + start, to + start), from - offset);
  });
  return result;
}

/**
 * Waits until the host has the newest values of all elements.
 *
 * @param context - The device and its memory.
 * @param tensor - On the host.
 */
export function* settleHost(context: MemberContext, tensor: GpuTensor): Steps<void> {
  const cache = tensor.host?.cache;
  if (cache) yield* settleCache(context, cache);
}

/**
 * Waits until the host has the newest values of the rows in a cache.
 *
 * @param context - The device and its memory.
 * @param cache - The cache.
 */
export function* settleCache(context: MemberContext, cache: RowCache): Steps<void> {
  while (cache.rows.changedCount > 0) {
    const changed = cache.rows.changedRows();
    changed.accept(yield* waitFor(readSlots(context, cache, changed.slots)));
  }
}

/**
 * Once half of a cache is newer than the host, its changed rows go there while other work goes on.
 *
 * @param context - The device and its memory.
 * @param cache - The cache.
 */
export function writeBack(context: MemberContext, cache: RowCache): void {
  const { rows } = cache;
  if (cache.isWritingBack || 2 * rows.changedCount < rows.capacity) return;
  cache.isWritingBack = true;
  const changed = rows.changedRows();
  const end = (): void => {
    cache.isWritingBack = false;
  };
  void readSlots(context, cache, changed.slots).then(
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

/** Rows of a cache as they are now. */
async function readSlots(context: MemberContext, cache: RowCache, slots: Int32Array): Promise<TypedArray> {
  return context.withTemporaries((keep) => {
    const rows = keep(context.result(cache.tensor.dtype, slots.length * cache.rows.width));
    gatherOnDevice(context, cache.tensor, slotIds(context, slots, keep), cache.rows.width, rows);
    return readRange(context, rows, 0, rows.length);
  });
}

/**
 * Slots on the device.
 *
 * @param context - The device and its memory.
 * @param slots - Row numbers of a cache.
 * @param keep - Marks what ends with the work.
 * @returns An int32 tensor.
 */
export function slotIds(context: MemberContext, slots: Int32Array, keep: Keep): TensorRef {
  return { handle: keep(uploadValues(context, "int32", slots)), shape: [slots.length], dtype: "int32" };
}

/**
 * Ids in the host's memory: those that were computed on the device come from there.
 *
 * @param context - The device and its memory.
 * @param ids - Int32.
 * @returns The ids, which nobody may change.
 */
export function* idsOnHost(context: MemberContext, ids: TensorRef): Steps<Int32Array> {
  const tensor = context.tensor(ids);
  return tensor.hostIds ?? ((yield* waitFor(readRange(context, tensor, 0, tensor.length))) as Int32Array);
}
