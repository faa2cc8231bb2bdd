import type { Backend } from "@rowan/api";
import type { Context } from "./context.ts";
import { boxMembers } from "./members/boxes.ts";
import { catchUpMembers } from "./members/catch-up.ts";
import { elementwiseMembers } from "./members/elementwise.ts";
import { matmulMembers } from "./members/matmul.ts";
import { nearestMembers } from "./members/nearest.ts";
import { planMembers } from "./members/plan.ts";
import { quantizedMembers } from "./members/quantized.ts";
import { reduceMembers } from "./members/reduce.ts";
import { rowMembers } from "./members/rows.ts";
import { storageMembers } from "./members/storage.ts";
import { updateMembers } from "./members/update.ts";
import { winnerMembers } from "./members/winners.ts";

/** What a backend does, without what it says about itself. */
export type Members = Required<
  Omit<Backend, "name" | "device" | "hardware" | "isLost" | "capabilities" | "idsBelow" | "takeBehind" | "allocateRows" | "catchUpGather">
> &
  Pick<Backend, "catchUpGather">;

/**
 * The contract over one set of kernels and the one memory that they work in.
 *
 * @param context - Kernels and memory.
 * @returns All members that compute.
 */
export function cpuMembers<F, I, U>(context: Context<F, I, U>): Members {
  return {
    ...storageMembers(context),
    ...rowMembers(context),
    ...planMembers(context),
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
