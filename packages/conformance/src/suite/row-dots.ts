import { rowDots as rowDotsOf } from "@rowan/api";
import type { TensorRef } from "@rowan/api";
import { sameAsNaive } from "./case.ts";
import type { Group } from "./case.ts";
import type { Session } from "./session.ts";
import type { Tolerance } from "./tolerance.ts";

/** At most 131 products from -1 to 1, added in any order: partial sums below 16 round by 1e-6 at most, a few of them so. */
const dots: Tolerance = { relative: 2e-6, absolute: 8e-6 };

function pairs(session: Session, dim: number, count: number): TensorRef {
  const [a, b] = [session.floats([37, dim]), session.floats([11, dim])];
  const [aIds, bIds] = [session.ids(session.random.ids(count, 37)), session.ids(session.random.ids(count, 11))];
  return session.keep(rowDotsOf(session.backend, a, aIds, b, bIds), [count]);
}

/** Dot products of pairs of rows. */
export const rowDots: Group = {
  name: "rowDots",
  cases: () => [
    ...[1, 3, 4, 5, 8, 16, 17, 33, 64, 131].map((dim) => sameAsNaive(`of rows of ${dim}`, dots, (session) => [pairs(session, dim, 53)])),
    sameAsNaive("of no pairs, and of one", dots, (session) => [pairs(session, 4, 0), pairs(session, 4, 1)]),
    sameAsNaive("not-a-number and infinities are carried", dots, (session) => {
      const a = session.tensor([Number.NaN, 1, Infinity, 0, -Infinity, 2], [3, 2]);
      const b = session.tensor([1, 1, 0, 1, Infinity, -1], [3, 2]);
      const handle = rowDotsOf(session.backend, a, session.ids([0, 1, 1, 2, 2, 2]), b, session.ids([0, 0, 1, 1, 2, 0]));
      return [session.keep(handle, [6])];
    }),
  ],
};
