import type { Capabilities } from "@rowan/api";
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
import { winnerMembers } from "./members/winners.ts";
import type { GpuStorage } from "./storage/gpu-storage.ts";
import type { WebGpuBackend } from "./webgpu-backend.ts";

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
  const { software, adapter } = gpu.opened;
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
    ...winnerMembers(context),
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
      ...storage.hostedCounts,
    }),
  };
}
