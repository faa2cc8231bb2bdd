import type { Shape } from "@rowan/api";
import { sameAsNaive } from "./case.ts";
import type { Group } from "./case.ts";
import { exact } from "./tolerance.ts";
import type { Tolerance } from "./tolerance.ts";

/** Up to 131 products of values from -1 to 1, added in any order: partial sums of about 4 are rounded by up to 2e-7 each time. */
const sums: Tolerance = { relative: 1e-5, absolute: 1e-5 };

/** `[m, k, n]`: single rows and columns, every remainder of 4, edges of tiles of 8, 16, 32 and 64. */
const sizes: readonly (readonly [number, number, number])[] = [
  [1, 1, 1],
  [1, 7, 1],
  [1, 16, 5],
  [5, 16, 1],
  [2, 3, 4],
  [3, 5, 7],
  [4, 4, 4],
  [5, 6, 7],
  [7, 1, 9],
  [8, 8, 8],
  [15, 17, 16],
  [16, 15, 17],
  [17, 16, 15],
  [31, 33, 32],
  [33, 31, 65],
  [64, 64, 64],
  [65, 131, 3],
];

/** Batch axes of the two sides: equal, or absent on one. */
const batches: readonly (readonly [Shape, Shape])[] = [
  [[3], [3]],
  [[3], []],
  [[], [3]],
  [
    [2, 3],
    [2, 3],
  ],
  [[2, 1], []],
  [[0], [0]],
];

/** Products of matrices. */
export const matmul: Group = {
  name: "matmul",
  cases: () => [
    ...[false, true].flatMap((transposeA) =>
      [false, true].map((transposeB) =>
        sameAsNaive(`${transposeA ? "transposed" : "plain"} by ${transposeB ? "transposed" : "plain"}`, sums, (session) =>
          [...sizes.map((size) => [size, [[], []]] as const), ...batches.map((batch) => [[5, 6, 7], batch] as const)].map(
            ([[m, k, n], [batchA, batchB]]) => {
              const a = session.floats([...batchA, ...(transposeA ? [k, m] : [m, k])]);
              const b = session.floats([...batchB, ...(transposeB ? [n, k] : [k, n])]);
              const batch = batchA.length > 0 ? batchA : batchB;
              return session.keep(session.backend.matmul(a, b, transposeA, transposeB), [...batch, m, n]);
            },
          ),
        ),
      ),
    ),
    sameAsNaive("empty sides: no rows, no columns, and a sum of nothing is 0", exact, (session) =>
      (
        [
          [0, 3, 2],
          [2, 3, 0],
          [2, 0, 3],
        ] as const
      ).map(([m, k, n]) => session.keep(session.backend.matmul(session.floats([m, k]), session.floats([k, n]), false, false), [m, n])),
    ),
    sameAsNaive("not-a-number and infinities reach their rows and columns, and no others", sums, (session) => {
      const a = session.tensor([1, Number.NaN, 2, 3, Infinity, 4], [3, 2]);
      const b = session.tensor([1, 0, -1, 2, 0.5, 3, 0, 1, 1, 1], [2, 5]);
      return [session.keep(session.backend.matmul(a, b, false, false), [3, 5])];
    }),
    sameAsNaive("a matrix with itself, transposed", sums, (session) => {
      const x = session.floats([9, 5]);
      return [
        session.keep(session.backend.matmul(x, x, false, true), [9, 9]),
        session.keep(session.backend.matmul(x, x, true, false), [5, 5]),
      ];
    }),
  ],
};
