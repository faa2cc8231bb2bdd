import { defineKernel, perOptions } from "../gpu/kernel.ts";
import type { Kernel } from "../gpu/kernel.ts";
import { rowSource } from "./row-source.ts";
import type { ColumnWidth, RowKind } from "./row-source.ts";

/** Rows of a quantized table as floats: a work item decodes some columns of one row. */
export const gatherQuantized: (kind: RowKind, width: ColumnWidth) => Kernel = perOptions((kind, width) => {
  const { reads, parameters, declarations, type } = rowSource(kind, width);
  return defineKernel({
    name: `gather ${kind} rows, ${width} columns`,
    parameters: { items: "u32", ...parameters },
    reads: [...reads, "ids: array<i32>"],
    writes: [`result: array<${type}>`],
    declarations,
    body: /* wgsl */ `
  if (index < p.items) { result[index] = load(u32(ids[index / p.columns]), index % p.columns); }`,
  });
});
