import type { ReduceOp } from "@rowan/api";
import { defineKernel, perOptions } from "../gpu/kernel.ts";
import type { Kernel } from "../gpu/kernel.ts";
import type { OperandType } from "./binary.wgsl.ts";
import { mathFunctions } from "./math.ts";

const steps: Readonly<Record<Exclude<ReduceOp, "argMax">, Readonly<Record<OperandType, readonly [start: string, step: string]>>>> = {
  sum: { f32: ["f32()", "total + x"], i32: ["i32()", "total + x"] },
  max: { f32: ["fromBits(0xff800000u + p.zero)", "exact_max(total, x)"], i32: ["-2147483647 - 1", "max(total, x)"] },
  min: { f32: ["fromBits(0x7f800000u + p.zero)", "exact_min(total, x)"], i32: ["2147483647", "min(total, x)"] },
};

/**
 * Folds the middle axis of `[outer, extent, inner]` into `parts` values each, `[outer, parts, inner]`: part k takes the elements k,
 * k + parts, … A long axis is folded in two levels, so that no work item walks all of it.
 */
export const foldKernel: (op: Exclude<ReduceOp, "argMax">, type: OperandType) => Kernel = perOptions((op, type) => {
  const [start, step] = steps[op][type];
  return defineKernel({
    name: `${op} ${type}`,
    parameters: { items: "u32", extent: "u32", inner: "u32", parts: "u32", zero: "u32" },
    reads: [`source: array<${type}>`],
    writes: [`result: array<${type}>`],
    declarations: mathFunctions,
    body: /* wgsl */ `
  if (index >= p.items) { return; }
  let column = index % p.inner;
  let part = index / p.inner % p.parts;
  let outer = index / p.inner / p.parts;
  var total = ${start};
  for (var k = part; k < p.extent; k += p.parts) {
    let x = source[(outer * p.extent + k) * p.inner + column];
    total = ${step};
  }
  result[index] = total;`,
  });
});

/** The place of the largest along the middle axis of `[outer, extent, inner]`, the first of equals; NaN is never larger. */
export const argMaxKernel: (type: OperandType) => Kernel = perOptions((type) =>
  defineKernel({
    name: `argMax ${type}`,
    parameters: { items: "u32", extent: "u32", inner: "u32" },
    reads: [`source: array<${type}>`],
    writes: ["result: array<u32>"],
    body: /* wgsl */ `
  if (index >= p.items) { return; }
  let first = index / p.inner * p.extent * p.inner + index % p.inner;
  var best = 0u;
  for (var k = 1u; k < p.extent; k++) {
    let x = source[first + k * p.inner];
    let y = source[first + best * p.inner];
    if (${type === "f32" ? "!isNan(x) && !isNan(y) && " : ""}x > y) { best = k; }
  }
  result[index] = best;`,
  }),
);

/**
 * The same along the middle axis of a piece, from `begin` on: goes on with the best of the pieces before, `result`, and its `value`. The
 * first piece starts with its first element.
 */
export const argMaxOnKernel: (type: OperandType) => Kernel = perOptions((type) =>
  defineKernel({
    name: `argMax ${type} in pieces`,
    parameters: { items: "u32", extent: "u32", inner: "u32", begin: "u32", isFirst: "u32" },
    reads: [`source: array<${type}>`],
    writes: ["result: array<u32>", `value: array<${type}>`],
    body: /* wgsl */ `
  if (index >= p.items) { return; }
  let first = index / p.inner * p.extent * p.inner + index % p.inner;
  var best = result[index];
  var y = value[index];
  if (p.isFirst == 1u) { best = p.begin; y = source[first]; }
  for (var k = p.isFirst; k < p.extent; k++) {
    let x = source[first + k * p.inner];
    if (${type === "f32" ? "!isNan(x) && !isNan(y) && " : ""}x > y) { best = p.begin + k; y = x; }
  }
  result[index] = best;
  value[index] = y;`,
  }),
);
