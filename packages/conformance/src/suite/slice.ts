import { slice as sliceOf } from "@rowan/api";
import type { Shape } from "@rowan/api";
import { sameAsNaive } from "./case.ts";
import type { Group } from "./case.ts";
import { exact } from "./tolerance.ts";

const boxes: readonly { readonly shape: Shape; readonly begin: readonly number[]; readonly size: Shape }[] = [
  { shape: [], begin: [], size: [] },
  { shape: [9], begin: [0], size: [9] },
  { shape: [9], begin: [3], size: [5] },
  { shape: [9], begin: [8], size: [1] },
  { shape: [9], begin: [9], size: [0] },
  { shape: [7, 5], begin: [2, 0], size: [3, 5] },
  { shape: [7, 5], begin: [0, 1], size: [7, 3] },
  { shape: [7, 5], begin: [6, 4], size: [1, 1] },
  { shape: [33, 17], begin: [1, 3], size: [31, 13] },
  { shape: [4, 3, 5], begin: [1, 0, 0], size: [2, 3, 5] },
  { shape: [4, 3, 5], begin: [1, 1, 0], size: [3, 2, 5] },
  { shape: [4, 3, 5], begin: [0, 2, 1], size: [4, 1, 4] },
  { shape: [2, 3, 4, 5], begin: [1, 0, 2, 0], size: [1, 3, 2, 5] },
  { shape: [2, 3, 4, 5], begin: [0, 1, 0, 4], size: [2, 2, 4, 1] },
  { shape: [4, 3], begin: [1, 0], size: [0, 3] },
];

/** `slice` moves values and computes nothing. */
export const slice: Group = {
  name: "slice",
  cases: ({ dtypes }) =>
    dtypes.map((dtype) =>
      sameAsNaive(`boxes of ${dtype}`, exact, (session) =>
        boxes.map(({ shape, begin, size }) =>
          session.keep(sliceOf(session.backend, session.values(shape, dtype), begin, size), size, dtype),
        ),
      ),
    ),
};
