import { sizeOf, slotNames, slotShape } from "@rowan/api";
import type { Shape, TensorRef, UpdateRule } from "@rowan/api";
import { onBackend, sameAsNaive } from "./case.ts";
import type { Case } from "./case.ts";
import type { Session } from "./session.ts";
import { expectClose } from "./tolerance.ts";
import type { Tolerance } from "./tolerance.ts";

/** A rule under the name by which a failure shall call it. */
export interface NamedRule {
  readonly name: string;
  readonly rule: UpdateRule;
}

/** A handful of float32 roundings of values near 1, and a square root and a division that a GPU rounds loosely. */
const step: Tolerance = { relative: 2e-6, absolute: 4e-7 };

/** The row lengths at which kernels change their pace. */
const dims = [1, 3, 4, 5, 8, 16, 17, 33, 64];

/**
 * State as it is in the middle of training.
 *
 * Second moments and accumulators lie above the squares of the averages, as they do in truth: below, roots would have no value.
 */
function stateOf(session: Session, rule: UpdateRule, shape: readonly number[]): { target: TensorRef; slots: TensorRef[] } {
  const ofSlot = slotShape(rule, shape);
  const size = sizeOf(ofSlot);
  const slots = slotNames(rule).map((name) => {
    const average = name === "momentum" || name === "average_gradient";
    return session.tensor(average ? session.random.floats(size, -0.3, 0.3) : session.random.floats(size, 0.3, 1), ofSlot);
  });
  return { target: session.floats(shape), slots };
}

/**
 * What every rule must show: dense steps of every length, several steps one after another, and steps on some rows.
 *
 * @param rules - The rule with its options.
 * @returns The cases, named after the rules.
 */
export function updateCases(rules: readonly NamedRule[]): readonly Case[] {
  return rules.flatMap(({ name, rule }) => [
    sameAsNaive(`${name}: dense, every length`, step, (session) =>
      [[], [0], [1], [2], [3], [4], [5], [15], [16], [17], [1031], [5, 7], [2, 3, 4]].flatMap((shape) => {
        const { target, slots } = stateOf(session, rule, shape);
        session.backend.update({ rule, target, slots, gradient: session.floats(shape) });
        return [target, ...slots];
      }),
    ),
    sameAsNaive(`${name}: the first step, from empty slots`, step, (session) => {
      const target = session.floats([37]);
      const slots = slotNames(rule).map(() => session.zeros([37]));
      // Gradients of at least 0.1: at a gradient near 0 the first steps of some rules jump from one sign to the other.
      const gradient = session.tensor(session.random.floats(37, 0.1, 1), [37]);
      session.backend.update({ rule, target, slots, gradient });
      return [target, ...slots];
    }),
    sameAsNaive(`${name}: rows of every length, the others untouched`, step, (session) =>
      dims.flatMap((dim) =>
        [0, 1, 6, 23].flatMap((count) => {
          const { target, slots } = stateOf(session, rule, [23, dim]);
          const ids = session.ids(session.random.uniqueIds(count, 23));
          session.backend.update({ rule, target, slots, gradient: session.floats([count, dim]), ids });
          return [target, ...slots];
        }),
      ),
    ),
    rowsLikeDense(name, rule),
    sameAsNaive(`${name}: a not-a-number stays in its ${rule.kind === "rowwiseAdagrad" ? "row" : "element"}`, step, (session) => {
      const { target, slots } = stateOf(session, rule, [19]);
      const gradient = session.random.floats(19);
      gradient[6] = Number.NaN;
      session.backend.update({ rule, target, slots, gradient: session.tensor(gradient, [19]) });
      return [target, ...slots];
    }),
  ]);
}

/** With ids, the touched rows end as the dense step ends them, and the others stay. */
function rowsLikeDense(name: string, rule: UpdateRule): Case {
  const shape = [23, 6];
  return onBackend(`${name}: some rows end as the dense step ends them`, async (session) => {
    const { target, slots } = stateOf(session, rule, shape);
    const before = await Promise.all([target, ...slots].map((tensor) => session.read(tensor)));
    const shapes = [target, ...slots].map((tensor) => tensor.shape);
    const [rowTarget, ...rowSlots] = before.map((values, i) => session.tensor(values, shapes[i] as Shape)) as [TensorRef, ...TensorRef[]];
    const gradient = session.floats(shape);
    const rows = session.random.uniqueIds(9, 23);
    const ids = session.ids(rows);
    const rowGradient = session.keep(session.backend.gather(gradient, ids), [9, 6]);
    session.backend.update({ rule, target, slots, gradient });
    session.backend.update({ rule, target: rowTarget, slots: rowSlots, gradient: rowGradient, ids });
    for (const [i, tensor] of [rowTarget, ...rowSlots].entries()) {
      const expected = Float32Array.from(before[i] ?? []);
      const dense = await session.read([target, ...slots][i] as TensorRef);
      const width = expected.length / 23;
      for (const row of rows) expected.set(dense.subarray(row * width, (row + 1) * width), row * width);
      expectClose(await session.read(tensor), expected, step, ["target", ...slotNames(rule)][i] as string);
    }
  });
}
