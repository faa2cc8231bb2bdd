import { sizeOf } from "@rowan/api";
import type { Backend } from "@rowan/api";
import type { Context } from "../context.ts";

/**
 * Optimizer steps.
 *
 * @param context - Kernels and memory.
 * @returns Members of the contract.
 */
export function updateMembers<F, I, U>(context: Context<F, I, U>): Pick<Backend, "update"> {
  const { kernels } = context;
  return {
    update({ rule, target, slots, gradient, ids }) {
      const indexed = Number(ids !== undefined);
      const rows = ids ? sizeOf(ids.shape) : 1;
      const dim = ids ? sizeOf(target.shape.slice(1)) : sizeOf(target.shape);
      const w = context.block(target).f32;
      const g = context.block(gradient).f32;
      const at = ids ? context.block(ids).i32 : context.block(target).i32;
      const slot = (index: number): F => context.block(slots[index] ?? target).f32;
      switch (rule.kind) {
        case "sgd":
          if (rule.momentum > 0)
            kernels.momentum(w, slot(0), g, at, indexed, rows, dim, rule.decay, rule.learningRate, rule.momentum, Number(rule.nesterov));
          else kernels.sgd(w, g, at, indexed, rows, dim, rule.decay, rule.learningRate);
          return;
        case "adam": {
          const [keep1, keep2] = [1 - rule.beta1, 1 - rule.beta2];
          kernels.adam(
            w,
            slot(0),
            slot(1),
            slot(2),
            g,
            at,
            indexed,
            rows,
            dim,
            rule.decay,
            rule.stepSize,
            keep1,
            keep2,
            rule.epsilon,
            Number(rule.amsgrad),
          );
          return;
        }
        case "rmsprop": {
          const average = slot(rule.momentum > 0 ? 2 : 1);
          const centered = Number(rule.centered);
          kernels.rmsprop(
            w,
            slot(0),
            slot(1),
            average,
            g,
            at,
            indexed,
            rows,
            dim,
            rule.decay,
            rule.learningRate,
            rule.rho,
            1 - rule.rho,
            rule.momentum,
            rule.epsilon,
            centered,
          );
          return;
        }
        case "adagrad":
          kernels.adagrad(w, slot(0), g, at, indexed, rows, dim, rule.decay, rule.learningRate, rule.epsilon);
          return;
        case "rowwiseAdagrad": {
          const count = ids ? rows : (target.shape[0] ?? 1);
          const width = sizeOf(target.shape.slice(1));
          kernels.rowwiseAdagrad(w, slot(0), g, at, indexed, count, width, rule.decay, rule.learningRate, rule.epsilon);
          return;
        }
      }
    },
  };
}
