import type { BagMode } from "@rowan/api";
import { defineKernel, perOptions } from "../gpu/kernel.ts";
import type { Kernel } from "../gpu/kernel.ts";
import { bagMath, takeId } from "./bag-math.ts";
import { rowSource } from "./row-source.ts";
import type { ColumnWidth, RowKind } from "./row-source.ts";

/** One row for each bag; a work item folds some columns of a whole bag. For few ids: a long bag would keep one item busy. */
export const gatherReduce: (mode: BagMode, weighted: boolean, kind: RowKind, width: ColumnWidth) => Kernel = perOptions(
  (mode, weighted, kind, width) => {
    const { reads, parameters, declarations, type } = rowSource(kind, width);
    return defineKernel({
      name: `${weighted ? "weighted " : ""}${mode} of ${kind} bags, ${width} columns`,
      parameters: { items: "u32", zero: "u32", ...parameters },
      reads: [...reads, "ids: array<i32>", "offsets: array<i32>", ...(weighted ? ["weights: array<f32>"] : [])],
      writes: [`result: array<${type}>`],
      declarations: declarations + bagMath(mode, weighted, type),
      body: /* wgsl */ `
  if (index >= p.items) { return; }
  let column = index % p.columns;
  let bag = index / p.columns;
  let start = u32(offsets[bag]);
  let end = u32(offsets[bag + 1u]);
  if (start == end) { result[index] = ${type}(); return; }
  var total = identity();
  var weight = 0.0;
  for (var i = start; i < end; i++) {
      ${takeId(mode, weighted)}
  }
  result[index] = finish(total, weight, end - start);`,
    });
  },
);
