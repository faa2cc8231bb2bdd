import type { Backend } from "@rowan/api";
import { Context } from "./context.ts";
import type { Kernels } from "./kernels.ts";
import { boxMembers } from "./members/boxes.ts";
import { catchUpMembers } from "./members/catch-up.ts";
import { elementwiseMembers } from "./members/elementwise.ts";
import { matmulMembers } from "./members/matmul.ts";
import { nearestMembers } from "./members/nearest.ts";
import { quantizedMembers } from "./members/quantized.ts";
import { reduceMembers } from "./members/reduce.ts";
import { rowMembers } from "./members/rows.ts";
import { storageMembers } from "./members/storage.ts";
import { updateMembers } from "./members/update.ts";
import { winnerMembers } from "./members/winners.ts";
import type { Storage } from "./storage.ts";

/**
 * The contract over one set of kernels and the memory they work in.
 *
 * @param kernels - WASM or plain.
 * @param storage - Memory of the same kind.
 * @param device - One line for people.
 * @param sharedTables - Whether worker threads can read the memory in place.
 * @returns The backend.
 */
export function assembleBackend<F, I, U>(
  kernels: Kernels<F, I, U>,
  storage: Storage<F, I, U>,
  device: string,
  sharedTables: boolean,
): Backend {
  const context = new Context(kernels, storage);
  return {
    name: "cpu",
    device,
    hardware: { kind: "cpu", software: false, memoryBytes: storage.limit },
    capabilities: {
      dtypes: ["float32", "int32", "uint8", "int8", "bool"],
      maxTableBytes: storage.limit,
      syncRead: true,
      syncRows: true,
      sharedTables,
      deterministic: true,
    },
    ...storageMembers(context),
    ...rowMembers(context),
    ...winnerMembers(context),
    ...quantizedMembers(context),
    ...updateMembers(context),
    ...catchUpMembers(context),
    ...elementwiseMembers(context),
    ...boxMembers(context),
    ...matmulMembers(context),
    ...reduceMembers(context),
    ...nearestMembers(context),
  };
}
