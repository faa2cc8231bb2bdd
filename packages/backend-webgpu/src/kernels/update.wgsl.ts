import { defineKernel, perOptions } from "../gpu/kernel.ts";
import type { Kernel } from "../gpu/kernel.ts";
import { mathFunctions } from "./math.ts";
import { flushFunction, ruleCodes } from "./update-rules.ts";
import type { RuleForm } from "./update-rules.ts";

/**
 * One step of a rule. A work item owns one element of the parameter and of each slot, so nothing is atomic; with `sparse` the rows
 * are named by ids, each once, and rows that lie in another block of the table are passed over.
 */
export const updateKernel: (form: RuleForm, sparse: boolean) => Kernel = perOptions((form, sparse) => {
  const { slots, parameters, body } = ruleCodes[form];
  const each = Array.from({ length: slots }, (_, i) => i);
  return defineKernel({
    name: `${form}${sparse ? " of rows" : ""}`,
    parameters: { items: "u32", row: "u32", windowStart: "u32", windowEnd: "u32", ...parameters },
    reads: ["gradient: array<f32>", ...(sparse ? ["ids: array<i32>"] : [])],
    writes: ["parameter: array<f32>", ...each.map((i) => `slot${i}: array<f32>`)],
    declarations: mathFunctions + flushFunction,
    body: /* wgsl */ `
  if (index >= p.items) { return; }
  ${
    sparse
      ? `let whole = u32(ids[index / p.row]) * p.row + index % p.row;
  if (whole < p.windowStart || whole >= p.windowEnd) { return; }
  let at = whole - p.windowStart;`
      : "let at = index;"
  }
  let g = gradient[index];
  var w = parameter[at];
  w -= w * p.decay;
  ${each.map((i) => `var s${i} = slot${i}[at];`).join(" ")}
  ${body}
  ${each.map((i) => `slot${i}[at] = s${i};`).join(" ")}
  parameter[at] = w;`,
  });
});
