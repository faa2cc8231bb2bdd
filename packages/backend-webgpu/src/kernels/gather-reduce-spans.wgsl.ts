import type { BagMode } from "@rowan/api";
import { defineKernel, perOptions } from "../gpu/kernel.ts";
import type { Kernel } from "../gpu/kernel.ts";
import { bagMath, takeId } from "./bag-math.ts";
import { rowSource } from "./row-source.ts";
import type { ColumnWidth, RowKind } from "./row-source.ts";

/** The last bag that starts at or before a position: the one that has it, since empty bags in front of it start there too. */
const bagOf = /* wgsl */ `
fn bagOf(position: u32) -> u32 {
  var low = 0u;
  var high = p.bags;
  while (high - low > 1u) {
    let middle = (low + high) / 2u;
    if (u32(offsets[middle]) <= position) { low = middle; } else { high = middle; }
  }
  return low;
}`;

/**
 * The first level of bags of any length: the ids are cut into spans of equal length, whatever bags they belong to, so that a bag of
 * a hundred thousand ids is as much work as many short ones. A bag that lies in one span is finished. Of one that does not, each span
 * leaves a partial row: two a span, of the bag that came in from the left and of the one that goes on to the right.
 */
export const foldSpans: (mode: BagMode, weighted: boolean, kind: RowKind, width: ColumnWidth) => Kernel = perOptions(
  (mode, weighted, kind, width) => {
    const { reads, parameters, declarations, type } = rowSource(kind, width);
    return defineKernel({
      name: `${weighted ? "weighted " : ""}${mode} of ${kind} spans, ${width} columns`,
      parameters: { spans: "u32", zero: "u32", ids: "u32", bags: "u32", span: "u32", ...parameters },
      reads: [...reads, "ids: array<i32>", "offsets: array<i32>", ...(weighted ? ["weights: array<f32>"] : [])],
      writes: [`result: array<${type}>`, `partial: array<${type}>`, "partialWeights: array<f32>"],
      declarations: declarations + bagMath(mode, weighted, type) + bagOf,
      body: /* wgsl */ `
  let column = index % p.columns;
  let span = index / p.columns;
  if (span >= p.spans) { return; }
  let first = span * p.span;
  let last = min(first + p.span, p.ids);
  var bag = bagOf(first);
  var i = first;
  while (i < last) {
    let start = u32(offsets[bag]);
    let end = u32(offsets[bag + 1u]);
    let stop = min(end, last);
    var total = identity();
    var weight = 0.0;
    for (; i < stop; i++) {
      ${takeId(mode, weighted)}
    }
    if (start >= first && end <= last) {
      result[bag * p.columns + column] = finish(total, weight, end - start);
    } else {
      let slot = span * 2u + u32(start >= first);
      partial[slot * p.columns + column] = total;
      if (column == 0u) { partialWeights[slot] = weight; }
    }
    bag++;
    while (bag < p.bags && u32(offsets[bag + 1u]) == i) { bag++; }
  }`,
    });
  },
);

/** Partial rows that one work item adds alone; more are shared by a workgroup. */
const few = 8;

/**
 * The second level: a workgroup for each span, which finishes the bag that begins there and goes on. The items share the columns where
 * the bag has few partial rows, and the partial rows where it has many.
 */
export const joinSpans: (mode: BagMode, weighted: boolean, width: ColumnWidth, subgroups: boolean) => Kernel = perOptions(
  (mode, weighted, width, subgroups) => {
    const type = width === 1 ? "f32" : "vec4<f32>";
    const size = 64;
    const canAdd = subgroups && mode !== "max";
    // Where the hardware adds the items of a subgroup at once, only their sums go through memory.
    const share = (value: string, zero: string, memory: string, join: (a: string, b: string) => string): string => /* wgsl */ `
      ${canAdd ? `${value} = subgroupAdd(${value});` : ""}
      ${memory}[lane] = ${canAdd ? `select(${zero}, ${value}, subgroupElect())` : value};
      workgroupBarrier();
      for (var half = ${size / 2}u; half > 0u; half /= 2u) {
        if (lane < half) { ${memory}[lane] = ${join(`${memory}[lane]`, `${memory}[lane + half]`)}; }
        workgroupBarrier();
      }`;
    return defineKernel({
      name: `join ${weighted ? "weighted " : ""}${mode}, ${width} columns${canAdd ? ", subgroups" : ""}`,
      parameters: { zero: "u32", ids: "u32", bags: "u32", span: "u32", columns: "u32" },
      reads: ["offsets: array<i32>", `partial: array<${type}>`, "partialWeights: array<f32>"],
      writes: [`result: array<${type}>`],
      workgroupSize: size,
      subgroups: canAdd,
      declarations: /* wgsl */ `${bagMath(mode, weighted, type)}${bagOf}
var<workgroup> totals: array<${type}, ${size}>;
var<workgroup> weights: array<f32, ${size}>;
`,
      body: /* wgsl */ `
  let first = group * p.span;
  if (first >= p.ids) { return; }
  let last = min(first + p.span, p.ids);
  let bag = bagOf(last - 1u);
  let start = u32(offsets[bag]);
  let end = u32(offsets[bag + 1u]);
  if (start < first || end <= last) { return; }
  let lastSpan = (end - 1u) / p.span;
  if (lastSpan - group <= ${few}u) {
    for (var column = lane; column < p.columns; column += ${size}u) {
      var total = partial[(group * 2u + 1u) * p.columns + column];
      var weight = partialWeights[group * 2u + 1u];
      for (var k = group + 1u; k <= lastSpan; k++) {
        total = combine(total, partial[k * 2u * p.columns + column]);
        weight += partialWeights[k * 2u];
      }
      result[bag * p.columns + column] = finish(total, weight, end - start);
    }
    return;
  }
  var weight = 0.0;
  for (var k = group + 1u + lane; k <= lastSpan; k += ${size}u) { weight += partialWeights[k * 2u]; }
  ${share("weight", "0.0", "weights", (a, b) => `${a} + ${b}`)}
  for (var column = 0u; column < p.columns; column++) {
    var total = identity();
    for (var k = group + 1u + lane; k <= lastSpan; k += ${size}u) {
      total = combine(total, partial[k * 2u * p.columns + column]);
    }
    ${share("total", `${type}()`, "totals", (a, b) => `combine(${a}, ${b})`)}
    if (lane == 0u) {
      let own = partial[(group * 2u + 1u) * p.columns + column];
      result[bag * p.columns + column] = finish(combine(own, totals[0]), weights[0] + partialWeights[group * 2u + 1u], end - start);
    }
    workgroupBarrier();
  }`,
    });
  },
);
