/** Work on tensors that lie on the host: rows are brought to a cache on the device, are used and changed there, and written back. */
import type { CopyRegion, TensorRef } from "@rowan/api";
import type { Steps } from "../order/steps.ts";
import { bytesOf } from "../storage/gpu-tensor.ts";
import type { GpuTensor } from "../storage/gpu-tensor.ts";
import type { HostPlace, RowCache } from "../storage/host-place.ts";
import { copyOnDevice } from "./device-copy.ts";
import { gatherOnDevice, scatterOnDevice } from "./device-rows.ts";
import { idsOnHost, settleCache, settleHost, slotIds, writeBack, writeHosted } from "./host-values.ts";
import type { MemberContext } from "./member-context.ts";
import { putPiece, takePiece } from "./pieces.ts";
import { uploadValues } from "./transfer.ts";

/**
 * `gather` from such a tensor.
 *
 * @param context - The device and its memory.
 * @param source - The rows.
 * @param host - Where they lie.
 * @param width - Elements of a row.
 * @param ids - Int32.
 * @param result - Where they go, on the device.
 */
export function* gatherHosted(
  context: MemberContext,
  source: GpuTensor,
  host: HostPlace,
  width: number,
  ids: TensorRef,
  result: GpuTensor,
): Steps<void> {
  const list = yield* idsOnHost(context, ids);
  const cache = yield* cacheOf(context, source, host, width);
  let step = 0;
  for (let from = 0; from < list.length; from += step) {
    // What is only read may pass through the cache in parts; what the cache holds changed must stay there.
    step = Math.max(1, Math.min(cache.rows.capacity - cache.rows.changedCount, rowsOfBlock(context, width)));
    const part = list.subarray(from, from + step);
    const slots = yield* placeRows(context, cache, part, true);
    context.withTemporaries((keep) => {
      const whole = part.length === list.length;
      const rows = whole ? result : keep(context.result(source.dtype, part.length * width));
      gatherOnDevice(context, cache.tensor, slotIds(context, slots, keep), width, rows);
      if (!whole) copyOnDevice(context, rows, result, { sourceOffset: 0, targetOffset: from * width, length: rows.length });
    });
  }
}

/**
 * `scatter` into such a tensor.
 *
 * @param context - The device and its memory.
 * @param target - The rows.
 * @param host - Where they lie.
 * @param width - Elements of a row.
 * @param ids - Int32, each once.
 * @param rows - Their new values.
 */
export function* scatterHosted(
  context: MemberContext,
  target: GpuTensor,
  host: HostPlace,
  width: number,
  ids: TensorRef,
  rows: TensorRef,
): Steps<void> {
  const list = yield* idsOnHost(context, ids);
  const cache = yield* cacheOf(context, target, host, width);
  let count = 0;
  for (let from = 0; from < list.length; from += count) {
    count = Math.min(list.length - from, roomToGrow(context, cache), rowsOfBlock(context, width));
    const part = list.subarray(from, from + count);
    const slots = yield* placeRows(context, cache, part, false);
    yield* context.using(function* (keep) {
      const values = yield* takePiece(context, rows, from * width, part.length * width, keep);
      const ref: TensorRef = { handle: values, shape: [part.length, width], dtype: values.dtype };
      scatterOnDevice(context, cache.tensor, slotIds(context, slots, keep), width, ref);
    });
    cache.rows.change(slots);
    writeBack(context, cache);
  }
}

/**
 * `copy` from or to such a tensor, piece by piece.
 *
 * @param context - The device and its memory.
 * @param source - Where from.
 * @param target - Where to.
 * @param region - What.
 */
export function* copyHosted(context: MemberContext, source: GpuTensor, target: GpuTensor, region: CopyRegion): Steps<void> {
  const { sourceOffset, targetOffset, length } = region;
  const { host } = source;
  if (host && target.host) {
    yield* settleHost(context, source);
    const values = host.values.subarray(sourceOffset, sourceOffset + length);
    // Within one tensor the regions might overlap.
    writeHosted(context, target.host, source === target ? values.slice() : values, targetOffset);
    return;
  }
  const whole: TensorRef = { handle: source, shape: [source.length], dtype: source.dtype };
  const step = context.storage.room.pieceElements;
  for (let done = 0; done < length; done += step) {
    yield* context.using(function* (keep) {
      const piece = yield* takePiece(context, whole, sourceOffset + done, Math.min(step, length - done), keep);
      yield* putPiece(context, piece, target, targetOffset + done);
    });
  }
}

/** The cache of a tensor for rows of a length. */
function* cacheOf(context: MemberContext, tensor: GpuTensor, host: HostPlace, width: number): Steps<RowCache> {
  if (host.cache?.rows.width === width) return host.cache;
  yield* settleHost(context, tensor);
  return context.storage.makeCache(tensor, host, width);
}

/** How many rows one binding of a kernel can reach. */
function rowsOfBlock({ storage }: MemberContext, width: number): number {
  return Math.max(1, Math.floor(storage.room.blockElements / Math.max(width, 1)));
}

/** How many rows a cache can have at most now. */
function roomToGrow({ storage }: MemberContext, { rows, tensor }: RowCache): number {
  const rowBytes = bytesOf(tensor.dtype, rows.width);
  let capacity = rows.capacity;
  while (2 * capacity * rowBytes <= storage.limit && storage.room.has(2 * capacity * rowBytes) && capacity < rows.count) capacity *= 2;
  return Math.min(capacity, rows.count);
}

/** The slots of rows, which are brought to the cache where they are not there yet, unless they are about to be overwritten. */
function* placeRows(context: MemberContext, cache: RowCache, ids: Int32Array, bring: boolean): Steps<Int32Array> {
  const { rows } = cache;
  let placement = rows.place(ids);
  if (!placement) {
    // Changed rows keep their slots: there must be more slots, or the host must have these rows.
    const most = roomToGrow(context, cache);
    if (rows.changedCount + ids.length > most) yield* settleCache(context, cache);
    const needed = Math.min(rows.changedCount + ids.length, rows.count);
    if (needed > rows.capacity) {
      context.storage.growCache(cache, Math.max(needed, Math.min(2 * rows.capacity, most)), (from, to) => {
        copyOnDevice(context, from, to, { sourceOffset: 0, targetOffset: 0, length: from.length });
      });
    }
    placement = rows.place(ids);
  }
  const { slots, missing } = placement as NonNullable<typeof placement>;
  if (bring && missing.rows.length > 0) {
    context.withTemporaries((keep) => {
      const brought = keep(uploadValues(context, cache.tensor.dtype, rows.collect(missing.rows)));
      const ref: TensorRef = { handle: brought, shape: [missing.rows.length, rows.width], dtype: brought.dtype };
      scatterOnDevice(context, cache.tensor, slotIds(context, missing.slots, keep), rows.width, ref);
    });
  }
  return slots;
}
