import { defineKernel, perOptions } from "../gpu/kernel.ts";
import type { Kernel } from "../gpu/kernel.ts";
import { broadcastParameters, broadcastPlaces } from "./broadcast.ts";

/** Words in another order: each axis of the result walks the source in a stride of its own. */
export const permuteKernel: (rank: number) => Kernel = perOptions((rank) =>
  defineKernel({
    name: `permute ${rank} axes`,
    parameters: { length: "u32", ...broadcastParameters(rank, 1) },
    reads: ["source: array<u32>"],
    writes: ["result: array<u32>"],
    body: /* wgsl */ `
  if (index >= p.length) { return; }
  ${broadcastPlaces(rank, 1)}
  result[index] = source[at0];`,
  }),
);
