import { defineKernel } from "../gpu/kernel.ts";
import type { Kernel } from "../gpu/kernel.ts";

/** The dot product of each pair of rows; a work item owns a pair. */
export const dotRows: Kernel = defineKernel({
  name: "dot products of pairs of rows",
  parameters: { items: "u32", dim: "u32" },
  reads: ["a: array<f32>", "aIds: array<i32>", "b: array<f32>", "bIds: array<i32>"],
  writes: ["result: array<f32>"],
  body: /* wgsl */ `
  if (index >= p.items) { return; }
  let left = u32(aIds[index]) * p.dim;
  let right = u32(bIds[index]) * p.dim;
  var total = 0.0;
  for (var k = 0u; k < p.dim; k++) { total += a[left + k] * b[right + k]; }
  result[index] = total;`,
});
