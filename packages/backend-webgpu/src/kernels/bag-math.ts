import type { BagMode } from "@rowan/api";

/** A way to fold rows into one. */
export interface BagOptions {
  readonly mode: BagMode;
  readonly weighted: boolean;
}

/**
 * WGSL for bags: `identity()`, `combine(total, x)`, and `finish(total, weight, count)`, which gives a bag's row.
 *
 * @param mode - The fold.
 * @param weighted - Whether each id has a factor.
 * @param type - The type of what a work item folds, `f32` or `vec4<f32>`.
 * @returns Declarations.
 */
export function bagMath(mode: BagMode, weighted: boolean, type: string): string {
  const bits = type === "f32" ? "u32" : "vec4<u32>";
  const nan = `(bitcast<${bits}>(x) & ${bits}(0x7fffffffu)) > ${bits}(0x7f800000u)`;
  const divisor = { sum: "", max: "", mean: weighted ? "weight" : "f32(count)", sqrtn: `sqrt(${weighted ? "weight" : "f32(count)"})` }[
    mode
  ];
  return /* wgsl */ `
fn identity() -> ${type} { return ${type}(${mode === "max" ? "fromBits(0xff800000u + (p.zero & 0u))" : "0.0"}); }
fn combine(total: ${type}, x: ${type}) -> ${type} {
  ${mode === "max" ? `return select(select(total, x, x > total), x, ${nan});` : "return total + x;"}
}
fn finish(total: ${type}, weight: f32, count: u32) -> ${type} {
  ${
    divisor === ""
      ? "return total;"
      : `let divisor = ${divisor};
  if (divisor == 0.0) { return ${type}(); }
  return total / divisor;`
  }
}`;
}

/**
 * WGSL that takes the id at position `i` into `total` and `weight`.
 *
 * @param mode - The fold.
 * @param weighted - Whether each id has a factor.
 * @returns Statements.
 */
export function takeId(mode: BagMode, weighted: boolean): string {
  if (!weighted) return "total = combine(total, load(u32(ids[i]), column));";
  return `let w = weights[i];
      total = combine(total, load(u32(ids[i]), column) * w);
      weight += ${mode === "sqrtn" ? "w * w" : "w"};`;
}
