import { sizeOf } from "@rowan/api";
import type { Backend, Handle, TensorRef } from "@rowan/api";
import { HostedTensor } from "../storage/hosted-tensor.ts";
import type { GpuTensor } from "../storage/gpu-tensor.ts";
import { gatherOnDevice, scatterOnDevice } from "./device-rows.ts";
import { gatherHosted, scatterHosted } from "./hosted.ts";
import { rowLengthOf } from "./member-context.ts";
import type { MemberContext } from "./member-context.ts";

/**
 * Rows: `gather` and `scatter`.
 *
 * @param context - The device and its memory.
 * @returns These members of the contract.
 */
export function rowMembers(context: MemberContext): Pick<Backend, "gather" | "scatter"> {
  return {
    gather(source, ids, into): Handle {
      const result = context.target(into, source.dtype, sizeOf(ids.shape) * rowLengthOf(source.shape));
      if (result.length > 0) gather(context, source, ids, result);
      return result;
    },
    scatter(target, ids, rows): void {
      scatterRowsOf(context, target, ids, rows);
    },
  };
}

function gather(context: MemberContext, source: TensorRef, ids: TensorRef, result: GpuTensor): void {
  const tensor = context.tensor(source);
  if (tensor instanceof HostedTensor) gatherHosted(context, tensor, ids, result);
  else gatherOnDevice(context, tensor, ids, rowLengthOf(source.shape), result);
}

/**
 * `gather`, for other members too.
 *
 * @param context - The device and its memory.
 * @param source - Rows of any dtype.
 * @param ids - Int32, valid.
 * @returns A new tensor.
 */
export function gatherRowsOf(context: MemberContext, source: TensorRef, ids: TensorRef): GpuTensor {
  const result = context.result(source.dtype, sizeOf(ids.shape) * rowLengthOf(source.shape));
  if (result.length > 0) gather(context, source, ids, result);
  return result;
}

/**
 * `scatter`, for other members too.
 *
 * @param context - The device and its memory.
 * @param target - Rows of any dtype.
 * @param ids - Int32, valid, each once.
 * @param rows - Their new values.
 */
export function scatterRowsOf(context: MemberContext, target: TensorRef, ids: TensorRef, rows: TensorRef): void {
  const row = rowLengthOf(target.shape);
  if (sizeOf(ids.shape) * row === 0) return;
  const tensor = context.tensor(target);
  tensor.hostIds = undefined;
  if (tensor instanceof HostedTensor) scatterHosted(context, tensor, ids, rows);
  else scatterOnDevice(context, tensor, ids, row, rows);
}
