import { defineKernel } from "../gpu/kernel.ts";
import type { Kernel } from "../gpu/kernel.ts";

const parameters = { items: "u32", width: "u32", stride: "u32", start: "u32", windowStart: "u32", windowEnd: "u32" } as const;

/** The place of a tile's element in the whole; elements that lie in another block of the tensor are passed over. */
const place = /* wgsl */ `
  if (index >= p.items) { return; }
  let whole = p.start + index / p.width * p.stride + index % p.width;
  if (whole < p.windowStart || whole >= p.windowEnd) { return; }
  let at = whole - p.windowStart;`;

/** Takes a tile of `width` columns out of rows of `stride` words, from the word `start` on. */
export const takeColumns: Kernel = defineKernel({
  name: "take columns",
  parameters,
  reads: ["source: array<u32>"],
  writes: ["result: array<u32>"],
  body: `${place}\n  result[index] = source[at];`,
});

/** Puts such a tile there. */
export const putColumns: Kernel = defineKernel({
  name: "put columns",
  parameters,
  reads: ["source: array<u32>"],
  writes: ["result: array<u32>"],
  body: `${place}\n  result[at] = source[index];`,
});
