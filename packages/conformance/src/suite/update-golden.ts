import { fill, planRows, slotNames } from "@rowan/api";
import type { TensorRef } from "@rowan/api";
import { onBackend } from "./case.ts";
import type { Case, Group } from "./case.ts";
import { goldenRuns } from "./golden-rules.ts";
import type { GoldenRun } from "./golden-rules.ts";
import type { Session } from "./session.ts";
import { expectClose } from "./tolerance.ts";
import type { Tolerance } from "./tolerance.ts";

/** Keras printed ten digits of float32 arithmetic; each side rounds values below 0.1 a few times, 4e-9 each. */
const printed: Tolerance = { relative: 1e-7, absolute: 2e-8 };

/** Losses near 0.25, six squares added up. */
const losses: Tolerance = { relative: 3e-7, absolute: 0 };

const initial = [0.01, -0.02, 0.03, 0.04, -0.05, 0.06, 0.07, -0.08];
const shape = [4, 2];

/** Embedding(4, 2), mean squared error against 0.5 everywhere, three ids: the gradient of one looked-up value is `2 (w - 0.5) / 6`. */
async function gradientOf(session: Session, weights: TensorRef, ids: readonly number[]): Promise<{ rows: TensorRef; loss: number }> {
  const looked = session.keep(session.backend.gather(weights, session.ids(ids)), [3, 2]);
  const errors = Array.from(await session.read(looked), (value) => value - 0.5);
  const rows = session.tensor(
    errors.map((error) => error / 3),
    [3, 2],
  );
  return { rows, loss: errors.reduce((sum, error) => sum + error * error, 0) / 6 };
}

/** The row gradients of a step, summed over equal ids by its plan: `[4, 2]` when spread out for a dense step. */
async function summed(
  session: Session,
  rows: TensorRef,
  ids: readonly number[],
  run: GoldenRun,
): Promise<{ gradient: TensorRef; unique: Int32Array }> {
  const plan = planRows(session.backend, Int32Array.from(ids), 4);
  const count = plan.unique.length;
  const sums = session.backend.gatherReduce({
    source: rows,
    ids: session.ids(plan.positions),
    offsets: session.ids(plan.offsets),
    mode: "sum",
  });
  const gradient = session.keep(sums, [count, 2]);
  if (run.clipNorm === undefined) return { gradient, unique: plan.unique };
  const values = await session.read(gradient);
  const norm = Math.hypot(...values);
  const scale = run.clipNorm * Math.min(1 / norm, 1 / run.clipNorm);
  return {
    gradient: session.tensor(
      Array.from(values, (value) => value * scale),
      [count, 2],
    ),
    unique: plan.unique,
  };
}

function goldenCase(run: GoldenRun): Case {
  return onBackend(`${run.name} gives Keras' weights`, async (session) => {
    const { backend } = session;
    const target = session.tensor(initial, shape);
    const slots = slotNames(run.rule(1)).map(() => {
      const slot = session.zeros(shape);
      fill(backend, slot, run.initialSlot);
      return slot;
    });
    const seen: number[] = [];
    for (const [i, ids] of [
      [1, 1, 2],
      [3, 2, 2],
    ].entries()) {
      const { rows, loss } = await gradientOf(session, target, ids);
      seen.push(loss);
      const { gradient, unique } = await summed(session, rows, ids, run);
      const dense = session.zeros(shape);
      backend.scatter(dense, session.ids(unique), gradient);
      backend.update({ rule: run.rule(i + 1), target, slots, gradient: dense });
    }
    expectClose(seen, [0.2268499881, run.loss2], losses, "losses");
    expectClose(await session.read(target), [...run.row0, ...run.rows123], printed, "weights");
  });
}

/** The rules in the hands of a whole training step, against what Keras computed. */
export const updateGolden: Group = {
  name: "update golden",
  cases: () => [
    ...goldenRuns.map(goldenCase),
    onBackend("torch's SparseAdam: the same rule on the rows of a plan only", async (session) => {
      const target = session.tensor(initial, shape);
      const slots = [session.zeros(shape), session.zeros(shape)];
      const run = goldenRuns[0] as GoldenRun;
      for (const [i, ids] of [
        [1, 1, 2],
        [3, 2, 2],
      ].entries()) {
        const { rows } = await gradientOf(session, target, ids);
        const { gradient, unique } = await summed(session, rows, ids, run);
        const rule = { ...run.rule(i + 1), epsilon: 1e-8 };
        session.backend.update({ rule, target, slots, gradient, ids: session.ids(unique) });
      }
      const expected = [0.01, -0.02, 0.03099999763, 0.04099999741, -0.04803462699, 0.06196542084, 0.07074413449, -0.07925586402];
      expectClose(await session.read(target), expected, printed, "weights");
    }),
  ],
};
