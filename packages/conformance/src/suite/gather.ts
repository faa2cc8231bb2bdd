import { sizeOf } from "@rowan/api";
import type { Shape } from "@rowan/api";
import { sameAsNaive } from "./case.ts";
import type { Group } from "./case.ts";
import { rowLengths, withSpecials } from "./sizes.ts";
import { exact } from "./tolerance.ts";

/** How many ids: none, one, and around the widths by which kernels unroll. */
const counts = [0, 1, 2, 3, 5, 8, 13, 16, 17, 127];

/** `gather` moves rows and computes nothing, so every bit must be right. */
export const gather: Group = {
  name: "gather",
  cases: ({ dtypes }) => [
    ...dtypes.flatMap((dtype) =>
      rowLengths.map((dim) =>
        sameAsNaive(`rows of ${dim} ${dtype}`, exact, (session) => {
          const source = session.values([37, dim], dtype);
          return counts.map((count) =>
            session.keep(session.backend.gather(source, session.ids(session.random.ids(count, 37))), [count, dim], dtype),
          );
        }),
      ),
    ),
    sameAsNaive("a table of one row", exact, (session) => {
      const source = session.floats([1, 5]);
      return [session.keep(session.backend.gather(source, session.ids([0, 0, 0])), [3, 5])];
    }),
    sameAsNaive("ids and rows of several axes", exact, (session) => {
      const shapes: readonly (readonly [Shape, Shape])[] = [
        [[], [4]],
        [[2, 3], []],
        [
          [2, 3],
          [4, 3],
        ],
        [[2, 0, 3], [2]],
        [
          [3, 1, 2],
          [2, 2, 5],
        ],
      ];
      return shapes.map(([ids, row]) => {
        const source = session.floats([11, ...row]);
        return session.keep(session.backend.gather(source, session.ids(session.random.ids(sizeOf(ids), 11), ids)), [...ids, ...row]);
      });
    }),
    sameAsNaive("not-a-number and infinities are carried", exact, (session) => {
      const source = session.tensor(withSpecials(session.random.floats(13 * 9)), [13, 9]);
      return [session.keep(session.backend.gather(source, session.ids(session.random.ids(50, 13))), [50, 9])];
    }),
    sameAsNaive("writes over what `into` held", exact, (session) => {
      const source = session.floats([37, 5]);
      const into = session.floats([7, 5]);
      session.backend.gather(source, session.ids(session.random.ids(7, 37)), into.handle);
      return [into];
    }),
    sameAsNaive("a table of 100,003 rows", exact, (session) => {
      const source = session.floats([100_003, 3]);
      return [session.keep(session.backend.gather(source, session.ids(session.random.ids(1009, 100_003))), [1009, 3])];
    }),
  ],
};
