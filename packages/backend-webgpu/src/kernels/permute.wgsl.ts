import { defineKernel, perOptions } from "../gpu/kernel.ts";
import type { Kernel } from "../gpu/kernel.ts";
import { broadcastParameters, broadcastPlaces } from "./broadcast.ts";

/**
 * Words in another order: each axis of the result walks the source in a stride of its own. A block of the result starts at its element
 * `start`; words that lie in another block of the source are passed over.
 */
export const permuteKernel: (rank: number) => Kernel = perOptions((rank) =>
  defineKernel({
    name: `permute ${rank} axes`,
    parameters: { length: "u32", start: "u32", windowStart: "u32", windowEnd: "u32", ...broadcastParameters(rank, 1) },
    reads: ["source: array<u32>"],
    writes: ["result: array<u32>"],
    body: /* wgsl */ `
  if (index >= p.length) { return; }
  ${broadcastPlaces(rank, 1, "index + p.start")}
  if (at0 < p.windowStart || at0 >= p.windowEnd) { return; }
  result[index] = source[at0 - p.windowStart];`,
  }),
);
