import type { Backend } from "@rowan/api";
import type { TfjsCore } from "../tfjs-core.ts";
import { HostContext } from "./host-context.ts";
import type { HostMemory } from "./host-memory.ts";
import { denseMembers } from "./members/dense.ts";
import { rowMembers } from "./members/rows.ts";
import { storageMembers } from "./members/storage.ts";
import { registerRowKernels } from "./row-kernels.ts";

/**
 * The contract over an engine of TensorFlow.js whose memory JavaScript can reach.
 *
 * @param tf - The core.
 * @param memory - The engine.
 * @returns A backend that counts and frees its own tensors only.
 */
export function createHostBackend(tf: TfjsCore, memory: HostMemory): Backend {
  registerRowKernels(tf, memory);
  const context = new HostContext(tf, memory);
  return {
    name: "tfjs",
    device: memory.device,
    capabilities: {
      dtypes: ["float32", "int32", "uint8", "int8", "bool"],
      maxTableBytes: memory.limit,
      syncRead: true,
      syncRows: true,
      sharedTables: false,
      deterministic: true,
    },
    ...storageMembers(context),
    ...rowMembers(context),
    ...denseMembers(context),
  };
}
