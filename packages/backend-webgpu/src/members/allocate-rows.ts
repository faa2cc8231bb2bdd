import { sizeOf } from "@rowan/api";
import type { DType, Shape } from "@rowan/api";
import { askDevice } from "../gpu/ask-device.ts";
import type { Asked } from "../gpu/ask-device.ts";
import { waitFor } from "../order/steps.ts";
import type { Steps } from "../order/steps.ts";
import { bytesOf } from "../storage/gpu-tensor.ts";
import type { Block, GpuTensor } from "../storage/gpu-tensor.ts";
import type { HostPlace } from "../storage/host-place.ts";
import { leastRows } from "../storage/room.ts";
import type { MemberContext } from "./member-context.ts";
import { writeRange } from "./transfer.ts";

/**
 * From so many bytes on the device is asked whether it has memory for a table. What is smaller does not fill a GPU by itself, and is
 * worth neither the wait for an answer nor a second copy until then.
 */
const askFrom = 2 ** 24;
/** Less than this is not asked for, to find out how much there is. */
const leastPart = 2 ** 20;

/**
 * Zeroed memory for rows: on the device where it has room for them, else on the host, with a cache on the device.
 *
 * The device answers later. Until then what is written is kept on the host, and all other work waits for the answer in the line.
 *
 * @param context - The device and its memory.
 * @param dtype - The dtype of the elements.
 * @param shape - `[rows, ...row]`.
 * @returns A live tensor.
 * @throws OutOfMemoryError when it is larger than the limit, or the host has no room either.
 */
export function allocateRows(context: MemberContext, dtype: DType, shape: Shape): GpuTensor {
  const { storage } = context;
  const length = sizeOf(shape);
  const bytes = bytesOf(dtype, length);
  storage.checkSize(dtype, length);
  if ((shape[0] ?? 0) <= leastRows) return storage.allocate(dtype, length);
  if (!storage.room.hasForTable(bytes)) return storage.allocateOnHost(dtype, length);
  if (bytes < askFrom) return storage.allocateOnDevice(dtype, length);
  const tensor = storage.allocateOnHost(dtype, length);
  const host = tensor.host as HostPlace;
  host.isAsking = true;
  const asked = ask(context, tensor);
  context.act(() => settlePlace(context, tensor, host, asked));
  return tensor;
}

function ask({ gpu, storage }: MemberContext, { dtype, length }: GpuTensor): Asked<readonly Block[]> {
  return askDevice(gpu.device, () => storage.makeBlocks(dtype, length));
}

/** Waits for the device's answer; where it is no, the tensor stays on the host. */
function* settlePlace(context: MemberContext, tensor: GpuTensor, host: HostPlace, first: Asked<readonly Block[]>): Steps<void> {
  const { gpu, storage } = context;
  let { made } = first;
  let refusal = yield* waitFor(first.refusal);
  if (refusal && gpu.pool.releaseIdle() > 0) {
    storage.endBlocks(made);
    // The memory of buffers comes back when the device has done its work with them.
    yield* waitFor(gpu.device.queue.onSubmittedWorkDone());
    const second = ask(context, tensor);
    ({ made } = second);
    refusal = yield* waitFor(second.refusal);
  }
  host.isAsking = false;
  gpu.checkAlive();
  if (!refusal) {
    storage.moveToDevice(tensor, made);
    writeRange(context, tensor, host.values, 0);
    return;
  }
  storage.endBlocks(made);
  const used = gpu.pool.numBytesUsed;
  storage.room.learn(used + (yield* findPart(context, bytesOf(tensor.dtype, tensor.length) / 2)));
}

/** How much the device has when it refused twice as much: halves are asked for until it agrees. */
function* findPart({ gpu, storage }: MemberContext, most: number): Steps<number> {
  for (let bytes = most; bytes >= leastPart; bytes /= 2) {
    const { made, refusal } = askDevice(gpu.device, () => storage.makeBlocks("float32", Math.floor(bytes / 4)));
    const isRefused = (yield* waitFor(refusal)) !== null;
    storage.endBlocks(made);
    if (!isRefused) return bytes;
  }
  return 0;
}
