import { sizeOf } from "@rowan/api";
import type { ReduceOp, Shape } from "@rowan/api";
import { sameAsNaive } from "./case.ts";
import type { Group } from "./case.ts";
import { lengths } from "./sizes.ts";
import { exact } from "./tolerance.ts";
import type { Tolerance } from "./tolerance.ts";

/** Up to 1,980 values from -1 to 1, added in any order: partial sums of about 30 are rounded by up to 2e-6 each time, at random. */
const sums: Tolerance = { relative: 1e-5, absolute: 1e-4 };

const folds: readonly { readonly shape: Shape; readonly axes: readonly number[] }[] = [
  ...lengths.map((length) => ({ shape: [length], axes: [0] })),
  { shape: [], axes: [] },
  { shape: [3, 4], axes: [] },
  { shape: [5, 7], axes: [0] },
  { shape: [5, 7], axes: [1] },
  { shape: [5, 7], axes: [0, 1] },
  { shape: [17, 33], axes: [0] },
  { shape: [17, 33], axes: [1] },
  { shape: [2, 3, 5], axes: [1] },
  { shape: [2, 3, 5], axes: [0, 2] },
  { shape: [4, 1, 6], axes: [0, 1] },
  { shape: [9, 11, 20], axes: [0, 1, 2] },
  { shape: [2, 3, 4, 5], axes: [1, 3] },
  { shape: [2, 3, 4, 5], axes: [0, 2] },
  { shape: [0, 3], axes: [0] },
  { shape: [3, 0], axes: [1] },
  { shape: [0, 3], axes: [1] },
];

function remaining(shape: Shape, axes: readonly number[]): Shape {
  return shape.filter((_, axis) => !axes.includes(axis));
}

/** Foldings of axes. */
export const reduce: Group = {
  name: "reduce",
  cases: () => [
    ...(["sum", "max", "min"] as const).flatMap((op) => [
      sameAsNaive(`${op} over any axes`, op === "sum" ? sums : exact, (session) =>
        folds.map(({ shape, axes }) => session.keep(session.backend.reduce(op, session.floats(shape), axes), remaining(shape, axes))),
      ),
      sameAsNaive(`${op} of int32`, exact, (session) =>
        folds
          .filter(({ shape }) => op === "sum" || sizeOf(shape) > 0)
          .map(({ shape, axes }) =>
            session.keep(session.backend.reduce(op, session.values(shape, "int32"), axes), remaining(shape, axes), "int32"),
          ),
      ),
      sameAsNaive(`${op} carries not-a-number and infinities`, exact, (session) => {
        const rows = [
          [1, Number.NaN, 2],
          [Number.NaN, 1, 2],
          [2, 1, Number.NaN],
          [Infinity, 1, 2],
          [-Infinity, 1, 2],
          [Infinity, -Infinity, 0],
          [-Infinity, -Infinity, -Infinity],
          [-1, -2, -3],
        ];
        const x = session.tensor(rows.flat(), [8, 3]);
        return [session.keep(session.backend.reduce(op, x, [1]), [8]), session.keep(session.backend.reduce(op, x, [0]), [3])];
      }),
      sameAsNaive(`${op} finds a not-a-number anywhere in a long row`, exact, (session) =>
        [0, 5, 16, 100, 130].map((position) => {
          const values = new Float32Array(131).fill(1);
          values[position] = Number.NaN;
          return session.keep(session.backend.reduce(op, session.tensor(values, [131]), [0]), []);
        }),
      ),
    ]),
    ...argMaxCases(),
  ],
};

function argMaxCases(): ReturnType<Group["cases"]> {
  const op: ReduceOp = "argMax";
  return [
    sameAsNaive("argMax over each axis", exact, (session) =>
      folds
        .filter(({ shape, axes }) => axes.length === 1 && sizeOf(shape) > 0)
        .map(({ shape, axes }) => session.keep(session.backend.reduce(op, session.floats(shape), axes), remaining(shape, axes), "int32")),
    ),
    sameAsNaive("argMax takes the first of equals", exact, (session) => {
      // Five different values in 64 places: every maximum occurs about a dozen times.
      const x = session.tensor(session.random.integers(31 * 64, -2, 2), [31, 64]);
      return [0, 1].map((axis) => session.keep(session.backend.reduce(op, x, [axis]), remaining(x.shape, [axis]), "int32"));
    }),
    sameAsNaive("argMax of int32, and of infinities", exact, (session) => [
      session.keep(session.backend.reduce(op, session.values([5, 9], "int32"), [1]), [5], "int32"),
      session.keep(
        session.backend.reduce(op, session.tensor([-Infinity, -Infinity, Infinity, 3, 3.4e38, Infinity], [2, 3]), [1]),
        [2],
        "int32",
      ),
    ]),
  ];
}
