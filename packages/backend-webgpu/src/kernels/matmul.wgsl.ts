import { defineKernel } from "../gpu/kernel.ts";
import type { Kernel } from "../gpu/kernel.ts";

/**
 * A product of matrices without tiles: a work item owns one element of the result, and walks its row and its column in strides, which
 * say whether a side is transposed. For GPUs in software, where sharing tiles in a workgroup costs more than it saves.
 */
export const plainMatmul: Kernel = defineKernel({
  name: "plain matmul",
  parameters: {
    items: "u32",
    rows: "u32",
    columns: "u32",
    inner: "u32",
    batchA: "u32",
    rowA: "u32",
    innerA: "u32",
    batchB: "u32",
    columnB: "u32",
    innerB: "u32",
  },
  reads: ["a: array<f32>", "b: array<f32>"],
  writes: ["result: array<f32>"],
  body: /* wgsl */ `
  if (index >= p.items) { return; }
  let column = index % p.columns;
  let row = index / p.columns % p.rows;
  let batch = index / p.columns / p.rows;
  var atA = batch * p.batchA + row * p.rowA;
  var atB = batch * p.batchB + column * p.columnB;
  var total = 0.0;
  for (var k = 0u; k < p.inner; k++) {
    total += a[atA] * b[atB];
    atA += p.innerA;
    atB += p.innerB;
  }
  result[index] = total;`,
});
