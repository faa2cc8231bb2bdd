import type { Shape } from "@rowan/api";
import { sameAsNaive } from "./case.ts";
import type { Group } from "./case.ts";
import { exact } from "./tolerance.ts";

const permutations: readonly { readonly shape: Shape; readonly axes: readonly number[] }[] = [
  { shape: [], axes: [] },
  { shape: [7], axes: [0] },
  { shape: [3, 5], axes: [0, 1] },
  { shape: [3, 5], axes: [1, 0] },
  { shape: [1, 9], axes: [1, 0] },
  { shape: [33, 65], axes: [1, 0] },
  { shape: [16, 16], axes: [1, 0] },
  { shape: [2, 3, 5], axes: [2, 0, 1] },
  { shape: [2, 3, 5], axes: [1, 2, 0] },
  { shape: [2, 3, 5], axes: [0, 2, 1] },
  { shape: [4, 3, 17], axes: [1, 0, 2] },
  { shape: [2, 3, 4, 5], axes: [3, 1, 0, 2] },
  { shape: [2, 3, 4, 5], axes: [0, 2, 1, 3] },
  { shape: [2, 1, 3, 2, 4], axes: [4, 2, 0, 3, 1] },
  { shape: [3, 0, 2], axes: [2, 0, 1] },
];

/** `permute` moves values and computes nothing. */
export const permute: Group = {
  name: "permute",
  cases: ({ dtypes }) =>
    dtypes.map((dtype) =>
      sameAsNaive(`${dtype}, every order of axes`, exact, (session) =>
        permutations.map(({ shape, axes }) =>
          session.keep(
            session.backend.permute(session.values(shape, dtype), axes),
            axes.map((axis) => shape[axis] as number),
            dtype,
          ),
        ),
      ),
    ),
};
