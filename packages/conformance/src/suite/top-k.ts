import { topK as topKOf } from "@rowan/api";
import type { TensorRef } from "@rowan/api";
import { sameAsNaive } from "./case.ts";
import type { Group } from "./case.ts";
import type { Session } from "./session.ts";
import { exact } from "./tolerance.ts";

async function largest(session: Session, x: TensorRef, k: number): Promise<readonly TensorRef[]> {
  const { values, indices } = await topKOf(session.backend, x, k);
  const shape = [x.shape[0] as number, k];
  return [session.keep(values, shape), session.keep(indices, shape, "int32")];
}

/** `topK` chooses values and computes nothing. */
export const topK: Group = {
  name: "topK",
  cases: () => [
    sameAsNaive("of rows of every length", exact, async (session) => {
      const outputs: TensorRef[] = [];
      for (const [rows, n, k] of [
        [1, 1, 1],
        [1, 7, 3],
        [3, 5, 5],
        [2, 64, 10],
        [2, 65, 1],
        [1, 1031, 17],
        [0, 5, 2],
      ] as const) {
        outputs.push(...(await largest(session, session.floats([rows, n]), k)));
      }
      return outputs;
    }),
    sameAsNaive("the lower index first among equals", exact, (session) =>
      largest(session, session.tensor(session.random.integers(5 * 67, 0, 4), [5, 67]), 30),
    ),
    sameAsNaive("of infinities", exact, (session) =>
      largest(session, session.tensor([-Infinity, 1, Infinity, -Infinity, Infinity, -1], [1, 6]), 6),
    ),
    sameAsNaive("not-a-number after everything, the lower index first", exact, async (session) => {
      const x = session.tensor([Number.NaN, 1, -Infinity, Number.NaN, 2, 1, Number.NaN, Number.NaN, -1, Number.NaN], [2, 5]);
      return [...(await largest(session, x, 1)), ...(await largest(session, x, 5))];
    }),
  ],
};
