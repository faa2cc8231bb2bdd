import { sizeOf } from "@rowan/api";
import type { Backend, Handle, TensorRef } from "@rowan/api";
import type { Steps } from "../order/steps.ts";
import type { GpuTensor } from "../storage/gpu-tensor.ts";
import { gatherOnDevice, scatterOnDevice } from "./device-rows.ts";
import { gatherHosted, scatterHosted } from "./hosted.ts";
import { rowLengthOf } from "./member-context.ts";
import type { MemberContext } from "./member-context.ts";
import { takePiece } from "./pieces.ts";

/**
 * Rows: `gather` and `scatter`.
 *
 * @param context - The device and its memory.
 * @returns These members of the contract.
 */
export function rowMembers(context: MemberContext): Pick<Backend, "gather" | "scatter"> {
  return {
    gather(source, ids, into): Handle {
      const [rows, chosen] = [context.hold(source), context.hold(ids)];
      const length = sizeOf(ids.shape) * rowLengthOf(source.shape);
      return context.makeInto(into, source.dtype, length, (result) => gather(context, rows, chosen, result));
    },
    scatter(target, ids, rows): void {
      const [to, chosen, values] = [context.hold(target), context.hold(ids), context.hold(rows)];
      context.act(() => scatterRowsOf(context, to, chosen, values));
    },
  };
}

function* gather(context: MemberContext, source: TensorRef, ids: TensorRef, result: GpuTensor): Steps<void> {
  if (result.length === 0) return;
  const tensor = context.tensor(source);
  const width = rowLengthOf(source.shape);
  if (tensor.host) yield* gatherHosted(context, tensor, tensor.host, width, ids, result);
  else gatherOnDevice(context, tensor, ids, width, result);
}

/**
 * `gather`, for other members too.
 *
 * @param context - The device and its memory.
 * @param source - Rows of any dtype.
 * @param ids - Int32, valid.
 * @returns A new tensor.
 */
export function gatherRowsOf(context: MemberContext, source: TensorRef, ids: TensorRef): Steps<GpuTensor> {
  const length = sizeOf(ids.shape) * rowLengthOf(source.shape);
  return context.filling(context.result(source.dtype, length), (result) => gather(context, source, ids, result));
}

/**
 * `scatter`, for other members too.
 *
 * @param context - The device and its memory.
 * @param target - Rows of any dtype.
 * @param ids - Int32, valid, each once.
 * @param rows - Their new values.
 */
export function* scatterRowsOf(context: MemberContext, target: TensorRef, ids: TensorRef, rows: TensorRef): Steps<void> {
  const width = rowLengthOf(target.shape);
  const count = sizeOf(ids.shape);
  if (count * width === 0) return;
  const tensor = context.tensor(target);
  tensor.hostIds = undefined;
  if (tensor.host) {
    yield* scatterHosted(context, tensor, tensor.host, width, ids, rows);
    return;
  }
  // One binding may be too small for all rows at once.
  const step = context.isInOneBlock(rows) ? count : Math.max(1, Math.floor(context.storage.room.blockElements / width));
  for (let from = 0; from < count; from += step) {
    const length = Math.min(step, count - from);
    yield* context.using(function* (keep) {
      const values = yield* takePiece(context, rows, from * width, length * width, keep);
      const chosen = yield* takePiece(context, ids, from, length, keep);
      scatterOnDevice(context, tensor, { handle: chosen, shape: [length], dtype: "int32" }, width, {
        handle: values,
        shape: [length, width],
        dtype: target.dtype,
      });
    });
  }
}
