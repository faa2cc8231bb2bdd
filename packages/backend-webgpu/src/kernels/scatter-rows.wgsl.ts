import { defineKernel, perOptions } from "../gpu/kernel.ts";
import type { Kernel } from "../gpu/kernel.ts";
import type { LoadWidth } from "./gather-rows.wgsl.ts";

/** `result[ids[i]] = rows[i]`, each id at most once, in one block of the table: rows that lie elsewhere are passed over. */
export const scatterRows: (width: LoadWidth) => Kernel = perOptions((width) => {
  const type = width === 1 ? "u32" : `vec${width}<u32>`;
  return defineKernel({
    name: `scatter rows, ${width} words`,
    parameters: { items: "u32", row: "u32", windowStart: "u32", windowEnd: "u32" },
    reads: [`rows: array<${type}>`, "ids: array<i32>"],
    writes: [`result: array<${type}>`],
    body: /* wgsl */ `
  if (index >= p.items) { return; }
  let at = u32(ids[index / p.row]) * p.row + index % p.row;
  if (at >= p.windowStart && at < p.windowEnd) { result[at - p.windowStart] = rows[index]; }`,
  });
});

/**
 * The same for rows of bytes that end inside of words. Two rows may share a word, whose other bytes must stay: the bits of a byte
 * are cleared and set by atomic operations, which cannot meet in one byte, since each id is there once.
 */
export const scatterBytes: Kernel = defineKernel({
  name: "scatter bytes",
  parameters: { items: "u32", row: "u32", windowStart: "u32", windowEnd: "u32" },
  reads: ["rows: array<u32>", "ids: array<i32>"],
  writes: ["result: array<atomic<u32>>"],
  body: /* wgsl */ `
  if (index >= p.items) { return; }
  let to = u32(ids[index / p.row]) * p.row + index % p.row;
  if (to < p.windowStart || to >= p.windowEnd) { return; }
  let at = to - p.windowStart;
  let shift = (at % 4u) * 8u;
  let byte = extractBits(rows[index / 4u], (index % 4u) * 8u, 8u);
  atomicAnd(&result[at / 4u], ~(255u << shift));
  atomicOr(&result[at / 4u], byte << shift);`,
});
