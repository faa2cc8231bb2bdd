import type { Backend, Capabilities } from "@rowan/api";
import type { GpuContext } from "./gpu/gpu-context.ts";
import { bagMembers } from "./members/bags.ts";
import { boxMembers } from "./members/boxes.ts";
import { elementwiseMembers } from "./members/elementwise.ts";
import { matmulMembers } from "./members/matmul.ts";
import type { Products } from "./members/matmul.ts";
import { MemberContext } from "./members/member-context.ts";
import { quantizedMembers } from "./members/quantized.ts";
import { reduceMembers } from "./members/reduce.ts";
import { rowMembers } from "./members/rows.ts";
import { storageMembers } from "./members/storage.ts";
import { updateMembers } from "./members/update.ts";
import type { GpuStorage } from "./storage/gpu-storage.ts";

/** What the backend has done so far, and where its memory is. */
export interface WebGpuStats {
  /** Times that work was sent to the device. */
  readonly submits: number;
  /** Runs of our own kernels; those of TensorFlow.js are not counted. */
  readonly dispatches: number;
  /** Compiled kernels of our own. */
  readonly pipelines: number;
  /** Bytes on the device: in use, and kept for later. */
  readonly allocatedBytes: number;
  /** Bytes in use. */
  readonly usedBytes: number;
  /** The most bytes that one binding of a kernel can reach; larger tables lie in several buffers. */
  readonly blockBytes: number;
  /** Live tensors that lie in several buffers. */
  readonly splitTensors: number;
}

/** The contract, and what only a GPU has to tell. */
export interface WebGpuBackend extends Backend {
  readonly name: "webgpu";
  /** What was done so far. */
  stats(): WebGpuStats;
  /** The device went away by itself; every call throws DeviceLostError from now on. */
  readonly isLost: boolean;
  /** Ends the device as its loss would, for tests of programs that shall survive one. */
  loseDevice(): void;
}

/**
 * The contract over a device.
 *
 * @param gpu - The device.
 * @param storage - Its memory.
 * @param blockBytes - The most bytes of one block.
 * @param products - How products of matrices are computed.
 * @returns The backend.
 */
export function assembleBackend(gpu: GpuContext, storage: GpuStorage, blockBytes: number, products: Products): WebGpuBackend {
  const context = new MemberContext(gpu, storage);
  const { info, software } = gpu.opened;
  const names = [info.vendor, info.architecture, info.device].filter((name) => name !== "");
  const adapter = names.length > 0 ? names.join(" ") : info.description === "" ? "unnamed adapter" : info.description;
  const capabilities: Capabilities = {
    dtypes: ["float32", "int32", "uint8", "int8", "bool"],
    maxTableBytes: storage.limit,
    syncRead: false,
    syncRows: false,
    sharedTables: false,
    deterministic: true,
  };
  return {
    name: "webgpu",
    device: `WebGPU, ${adapter}${software ? ", a GPU in software" : ""}`,
    hardware: { kind: "gpu", software, adapter },
    capabilities,
    ...storageMembers(context),
    ...rowMembers(context),
    ...bagMembers(context),
    ...quantizedMembers(context),
    ...updateMembers(context),
    ...elementwiseMembers(context),
    ...boxMembers(context),
    ...matmulMembers(context, products),
    ...reduceMembers(context),
    get isLost() {
      return gpu.isLost;
    },
    loseDevice(): void {
      gpu.device.destroy();
    },
    stats: () => ({
      ...gpu.recorder.counts,
      pipelines: gpu.recorder.pipelines.count,
      allocatedBytes: gpu.pool.numBytesAllocated,
      usedBytes: gpu.pool.numBytesUsed,
      blockBytes,
      splitTensors: storage.splitTensors,
    }),
  };
}
