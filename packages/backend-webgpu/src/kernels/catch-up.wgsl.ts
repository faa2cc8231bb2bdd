import { defineKernel, perOptions } from "../gpu/kernel.ts";
import type { Kernel } from "../gpu/kernel.ts";
import { mathFunctions } from "./math.ts";
import { flushFunction } from "./update-rules.ts";
import type { RuleForm } from "./update-rules.ts";

/** What the folded steps do to one element, by the contract's formulas; D, A and B are the row's decays. */
const bodies: Readonly<Record<"adam" | "momentum" | "rmsprop" | "plain", string>> = {
  adam: /* wgsl */ `
  ROOT
  for (var n = 0u; n < p.nodes; n++) { moved += factors[first + 3u + 2u * n] / (factors[first + 4u + 2u * n] * root + p.epsilon); }
  w = D * (w - s0 * moved);
  s0 = flush(A * s0);
  s1 = flush(B * s1);`,
  momentum: /* wgsl */ `
  for (var n = 0u; n < p.nodes; n++) { moved += factors[first + 3u + 2u * n]; }
  w = D * (w - MOMENTUM * moved);
  MOMENTUM = flush(A * MOMENTUM);`,
  rmsprop: "s0 = flush(B * s0);",
  plain: "w = D * w;",
};

function bodyOf(form: RuleForm): { readonly slots: number; readonly code: string } {
  switch (form) {
    case "adam":
      return { slots: 2, code: bodies.adam.replace("ROOT", "let root = sqrt(s1);") };
    case "amsgrad":
      return { slots: 3, code: bodies.adam.replace("ROOT", "let root = sqrt(s2);") };
    case "momentum":
    case "nesterov":
      return { slots: 1, code: bodies.momentum.replaceAll("MOMENTUM", "s0") };
    case "rmsprop":
      return { slots: 1, code: `${bodies.plain}\n  ${bodies.rmsprop}` };
    case "rmspropCentered":
      return { slots: 2, code: `${bodies.plain}\n  ${bodies.rmsprop}\n  s1 = flush(B * s1);` };
    case "rmspropMomentum":
      return { slots: 2, code: `${bodies.momentum.replaceAll("MOMENTUM", "s1")}\n  ${bodies.rmsprop}` };
    case "rmspropBoth":
      return { slots: 3, code: `${bodies.momentum.replaceAll("MOMENTUM", "s1")}\n  ${bodies.rmsprop}\n  s2 = flush(B * s2);` };
    case "sgd":
    case "adagrad":
      return { slots: 0, code: bodies.plain };
  }
}

/**
 * The slots that catching up reads or writes; the others stay as they are.
 *
 * @param form - The form of the rule.
 * @returns How many of the rule's slots, from the first on.
 */
export function movingSlots(form: RuleForm): number {
  return bodyOf(form).slots;
}

/** Applies the skipped steps of some rows. A work item owns one element; rows in another block of the table are passed over. */
export const catchUpKernel: (form: RuleForm) => Kernel = perOptions((form) => {
  const { slots, code } = bodyOf(form);
  const each = Array.from({ length: slots }, (_, i) => i);
  return defineKernel({
    name: `catch up ${form}`,
    parameters: { items: "u32", row: "u32", windowStart: "u32", windowEnd: "u32", nodes: "u32", epsilon: "f32" },
    reads: ["ids: array<i32>", "factors: array<f32>", "groups: array<i32>"],
    writes: ["parameter: array<f32>", ...each.map((i) => `slot${i}: array<f32>`)],
    declarations: mathFunctions + flushFunction,
    body: /* wgsl */ `
  if (index >= p.items) { return; }
  let owner = index / p.row;
  let whole = u32(ids[owner]) * p.row + index % p.row;
  if (whole < p.windowStart || whole >= p.windowEnd) { return; }
  let at = whole - p.windowStart;
  let first = u32(groups[owner]) * (3u + 2u * p.nodes);
  let D = factors[first];
  let A = factors[first + 1u];
  let B = factors[first + 2u];
  var moved = 0.0;
  var w = parameter[at];
  ${each.map((i) => `var s${i} = slot${i}[at];`).join(" ")}
  ${code}
  ${each.map((i) => `slot${i}[at] = s${i};`).join(" ")}
  parameter[at] = w;`,
  });
});
