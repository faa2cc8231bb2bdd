import type { AdamRule, RmspropRule, SgdRule, UpdateRule } from "@rowan/api";
import { types } from "./binding.ts";
import type { Id, Operations } from "./operations.ts";

/**
 * One step of a rule on rows, as operations.
 *
 * @param rule - The rule.
 * @param ops - TensorFlow.
 * @param state - The parameter and its slots, in the order of `slotNames`, each `[rows, width]`; a slot of one value a row `[rows, 1]`.
 * @param g - The gradient, `[rows, width]`.
 * @param width - Elements of a row.
 * @returns The state after the step, in the same order.
 */
export function stepOf(rule: UpdateRule, ops: Operations, state: readonly Id[], g: Id, width: number): readonly Id[] {
  const [parameter = 0, ...slots] = state;
  const w = rule.decay === 0 ? parameter : ops.binary("Sub", parameter, ops.times(parameter, rule.decay));
  switch (rule.kind) {
    case "sgd":
      return sgd(rule, ops, w, g, slots);
    case "adam":
      return adam(rule, ops, w, g, slots);
    case "rmsprop":
      return rmsprop(rule, ops, w, g, slots);
    case "adagrad": {
      const a = ops.binary("AddV2", slots[0] as Id, ops.unary("Square", g));
      return [ops.binary("Sub", w, scaledBy(ops, ops.times(g, rule.learningRate), a, rule.epsilon)), a];
    }
    case "rowwiseAdagrad": {
      const attributes = { T: { type: types.float32 }, Tidx: { type: types.int32 }, keep_dims: true };
      const squares = ops.one("Sum", [ops.unary("Square", g), ops.integers([1])], attributes);
      const a = ops.binary("AddV2", slots[0] as Id, ops.scalar("RealDiv", squares, width));
      const rate = scaledBy(ops, ops.floats([rule.learningRate]), a, rule.epsilon);
      return [ops.binary("Sub", w, ops.binary("Mul", rate, g)), a];
    }
  }
}

/** `x / sqrt(a + epsilon)` */
function scaledBy(ops: Operations, x: Id, a: Id, epsilon: number): Id {
  return ops.binary("RealDiv", x, ops.unary("Sqrt", ops.scalar("AddV2", a, epsilon)));
}

function sgd(rule: SgdRule, ops: Operations, w: Id, g: Id, slots: readonly Id[]): readonly Id[] {
  const step = ops.times(g, rule.learningRate);
  if (rule.momentum === 0) return [ops.binary("Sub", w, step)];
  const m = ops.flush(ops.binary("Sub", ops.scalar("Mul", slots[0] as Id, rule.momentum), step));
  const move = rule.nesterov ? ops.binary("Sub", ops.scalar("Mul", m, rule.momentum), step) : m;
  return [ops.binary("AddV2", w, move), m];
}

/** `x + (target - x) keep`, flushed */
function towards(ops: Operations, x: Id, target: Id, keep: number): Id {
  return ops.flush(ops.binary("AddV2", x, ops.scalar("Mul", ops.binary("Sub", target, x), keep)));
}

function adam(rule: AdamRule, ops: Operations, w: Id, g: Id, slots: readonly Id[]): readonly Id[] {
  const m = towards(ops, slots[0] as Id, g, 1 - rule.beta1);
  const v = towards(ops, slots[1] as Id, ops.unary("Square", g), 1 - rule.beta2);
  const top = rule.amsgrad ? ops.binary("Maximum", slots[2] as Id, v) : v;
  const below = ops.scalar("AddV2", ops.unary("Sqrt", top), rule.epsilon);
  const next = ops.binary("Sub", w, ops.binary("RealDiv", ops.times(m, rule.stepSize), below));
  return rule.amsgrad ? [next, m, v, top] : [next, m, v];
}

function rmsprop(rule: RmspropRule, ops: Operations, w: Id, g: Id, slots: readonly Id[]): readonly Id[] {
  const decayed = (x: Id, fresh: Id): Id =>
    ops.flush(ops.binary("AddV2", ops.scalar("Mul", x, rule.rho), ops.scalar("Mul", fresh, 1 - rule.rho)));
  const [velocity = 0, ...rest] = slots;
  const v = decayed(velocity, ops.unary("Square", g));
  const moment = rule.momentum > 0 ? rest.shift() : undefined;
  const average = rule.centered ? decayed(rest[0] as Id, g) : undefined;
  const spread = average === undefined ? v : ops.binary("Sub", v, ops.unary("Square", average));
  let step = scaledBy(ops, ops.times(g, rule.learningRate), spread, rule.epsilon);
  const after = [v];
  if (moment !== undefined) after.push((step = ops.flush(ops.binary("AddV2", ops.scalar("Mul", moment, rule.momentum), step))));
  if (average !== undefined) after.push(average);
  return [ops.binary("Sub", w, step), ...after];
}

/**
 * Steps of rows that were put off, applied at once; see `CatchUpArgs` of the contract.
 *
 * @param rule - The rule.
 * @param ops - TensorFlow.
 * @param state - The parameter and its slots, in the order of `slotNames`, as rows.
 * @param column - A factor of each row, `[rows, 1]`, by its number: D, A, B, then C and R of each node.
 * @param columns - How many factors there are.
 * @returns The state afterwards, in the same order; what does not change keeps its id.
 */
export function caughtUp(
  rule: UpdateRule,
  ops: Operations,
  state: readonly Id[],
  column: (index: number) => Id,
  columns: number,
): readonly Id[] {
  const [w = 0, ...slots] = state;
  const hasMoment = rule.kind === "adam" || rule.kind === "sgd" || (rule.kind === "rmsprop" && rule.momentum > 0);
  const momentAt = rule.kind === "rmsprop" ? 1 : 0;
  const moment = hasMoment ? slots[momentAt] : undefined;
  const root = rule.kind === "adam" ? ops.unary("Sqrt", slots[rule.amsgrad ? 2 : 1] as Id) : undefined;
  let moved: Id | undefined;
  for (let node = 3; moment !== undefined && node < columns; node += 2) {
    let part = column(node);
    if (root !== undefined && rule.kind === "adam") {
      part = ops.binary("RealDiv", part, ops.scalar("AddV2", ops.binary("Mul", root, column(node + 1)), rule.epsilon));
    }
    moved = moved === undefined ? part : ops.binary("AddV2", moved, part);
  }
  const shifted = moment === undefined || moved === undefined ? w : ops.binary("Sub", w, ops.binary("Mul", moment, moved));
  const decayed = (x: Id, factor: number): Id => ops.flush(ops.binary("Mul", x, column(factor)));
  const after = slots.map((slot, i) => {
    if (hasMoment && i === momentAt) return decayed(slot, 1);
    // Adagrad's sums stay, and so does the largest second moment.
    const decays = rule.kind === "rmsprop" || (rule.kind === "adam" && i === 1);
    return decays ? decayed(slot, 2) : slot;
  });
  return [ops.binary("Mul", shifted, column(0)), ...after];
}
