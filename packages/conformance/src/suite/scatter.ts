import { sameAsNaive } from "./case.ts";
import type { Group } from "./case.ts";
import { rowLengths, withSpecials } from "./sizes.ts";
import { exact } from "./tolerance.ts";

/** `scatter` moves rows: every bit must be right, and the rows between must stay. */
export const scatter: Group = {
  name: "scatter",
  cases: ({ dtypes }) => [
    ...dtypes.flatMap((dtype) =>
      rowLengths.map((dim) =>
        sameAsNaive(`rows of ${dim} ${dtype}`, exact, (session) =>
          [0, 1, 2, 5, 17, 37].map((count) => {
            const target = session.values([37, dim], dtype);
            session.backend.scatter(target, session.ids(session.random.uniqueIds(count, 37)), session.values([count, dim], dtype));
            return target;
          }),
        ),
      ),
    ),
    sameAsNaive("rows of several axes", exact, (session) => {
      const target = session.floats([11, 2, 3]);
      session.backend.scatter(target, session.ids([10, 0, 4]), session.floats([3, 2, 3]));
      return [target];
    }),
    sameAsNaive("not-a-number and infinities are carried", exact, (session) => {
      const target = session.floats([20, 5]);
      session.backend.scatter(
        target,
        session.ids(session.random.uniqueIds(19, 20)),
        session.tensor(withSpecials(session.random.floats(95)), [19, 5]),
      );
      return [target];
    }),
  ],
};
