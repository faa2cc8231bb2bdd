/**
 * What a backend need not bring: each optional member of the contract, built from required ones.
 *
 * Every function takes the backend's own member where it has one. What a default allocates on the way is freed again.
 */
export { allocateRows } from "./defaults/allocate-rows.ts";
export { allocateUnset } from "./defaults/allocate-unset.ts";
export { concat } from "./defaults/concat.ts";
export { fill } from "./defaults/fill.ts";
export { gatherMax } from "./defaults/gather-max.ts";
export { gatherQuantized, gatherReduceQuantized } from "./defaults/gather-quantized.ts";
export { idsBelow } from "./defaults/ids-below.ts";
export { planRows } from "./defaults/plan-rows.ts";
export { rowDots } from "./defaults/row-dots.ts";
export { slice } from "./defaults/slice.ts";
export { sumWinners } from "./defaults/sum-winners.ts";
export { takeBehind } from "./defaults/take-behind.ts";
export { topK } from "./defaults/top-k.ts";
export { where } from "./defaults/where.ts";
