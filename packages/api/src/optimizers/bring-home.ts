/** Gradients of tables that live on another backend than the step that made them. */
import type { Gradient } from "../ops/tape.ts";
import { isRowGradient } from "../table/row-gradient.ts";
import type { Variable } from "../table/variable.ts";
import type { Arena } from "../tensor/scope.ts";
import { Tensor, hostVector } from "../tensor/tensor.ts";

/** A variable and its gradient. */
export interface Pair {
  readonly variable: Variable;
  readonly gradient: Gradient;
}

/**
 * Whether a gradient is on another backend than its variable.
 *
 * @param pair - Any.
 * @returns True where it must be brought.
 */
export function isAwayFromHome({ variable, gradient }: Pair): boolean {
  const { backend } = isRowGradient(gradient) ? gradient.values : gradient;
  return variable.backend !== undefined && variable.backend !== backend;
}

/**
 * Brings gradients to their variables: of a table as many rows as the step touched.
 *
 * @param pairs - Any.
 * @param arena - Owns what is made.
 * @returns The same in the same order, each gradient beside its variable.
 */
export async function bringHome(pairs: readonly Pair[], arena: Arena): Promise<readonly Pair[]> {
  return Promise.all(
    pairs.map(async (pair) => {
      const { backend } = pair.variable;
      if (!backend || !isAwayFromHome(pair)) return pair;
      const { variable, gradient } = pair;
      const values = await (isRowGradient(gradient) ? gradient.values : gradient).read();
      return arena.run(() => {
        const here = Tensor.fromHost(values, backend);
        if (!isRowGradient(gradient)) return { variable, gradient: here };
        const { plan } = gradient;
        return { variable, gradient: { plan: { ...plan, unique: hostVector(backend, plan.rows) }, values: here } };
      });
    }),
  );
}
