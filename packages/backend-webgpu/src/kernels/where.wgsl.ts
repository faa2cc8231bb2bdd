import { defineKernel, perOptions } from "../gpu/kernel.ts";
import type { Kernel } from "../gpu/kernel.ts";
import { broadcastParameters, broadcastPlaces } from "./broadcast.ts";

/** `condition ? left : right` of words, broadcast over `rank` axes. */
export const whereKernel: (rank: number) => Kernel = perOptions((rank) =>
  defineKernel({
    name: `where, ${rank} axes`,
    parameters: { length: "u32", ...broadcastParameters(rank, 3) },
    reads: ["condition: array<u32>", "left: array<u32>", "right: array<u32>"],
    writes: ["result: array<u32>"],
    body: /* wgsl */ `
  if (index >= p.length) { return; }
  ${broadcastPlaces(rank, 3)}
  result[index] = select(right[at2], left[at1], condition[at0] != 0u);`,
  }),
);
