import { concat as concatOf } from "@rowan/api";
import type { Shape } from "@rowan/api";
import { sameAsNaive } from "./case.ts";
import type { Group } from "./case.ts";
import { exact } from "./tolerance.ts";

const joins: readonly { readonly parts: readonly Shape[]; readonly axis: number }[] = [
  { parts: [[5]], axis: 0 },
  { parts: [[1], [0], [7], [3]], axis: 0 },
  { parts: [[0], [0]], axis: 0 },
  {
    parts: [
      [2, 3],
      [5, 3],
    ],
    axis: 0,
  },
  {
    parts: [
      [2, 3],
      [2, 5],
      [2, 1],
    ],
    axis: 1,
  },
  {
    parts: [
      [17, 3],
      [17, 33],
    ],
    axis: 1,
  },
  {
    parts: [
      [1, 3],
      [1, 4],
    ],
    axis: 1,
  },
  {
    parts: [
      [2, 3, 4],
      [2, 1, 4],
      [2, 0, 4],
    ],
    axis: 1,
  },
  {
    parts: [
      [2, 3, 4],
      [2, 3, 5],
    ],
    axis: 2,
  },
  {
    parts: [
      [2, 2, 3, 2],
      [2, 2, 1, 2],
    ],
    axis: 2,
  },
];

/** `concat` moves values and computes nothing. */
export const concat: Group = {
  name: "concat",
  cases: ({ dtypes }) => [
    ...dtypes.map((dtype) =>
      sameAsNaive(`${dtype} along every axis`, exact, (session) =>
        joins.map(({ parts, axis }) => {
          const extent = parts.reduce((sum, part) => sum + (part[axis] as number), 0);
          const shape = (parts[0] as Shape).map((size, i) => (i === axis ? extent : size));
          return session.keep(
            concatOf(
              session.backend,
              parts.map((part) => session.values(part, dtype)),
              axis,
            ),
            shape,
            dtype,
          );
        }),
      ),
    ),
    sameAsNaive("a tensor with itself", exact, (session) => {
      const x = session.floats([3, 5]);
      return [session.keep(concatOf(session.backend, [x, x], 1), [3, 10])];
    }),
  ],
};
