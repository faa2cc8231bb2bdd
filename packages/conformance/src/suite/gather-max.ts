import { gatherMax as gatherMaxOf } from "@rowan/api";
import type { TensorRef } from "@rowan/api";
import { expect } from "vitest";
import { bagArrays } from "./bag-arrays.ts";
import { onBackend, sameAsNaive } from "./case.ts";
import type { Group } from "./case.ts";
import type { Session } from "./session.ts";
import { exact } from "./tolerance.ts";

const dims = [1, 3, 4, 5, 8, 16, 17, 33, 64, 131];
const bagLengths = [0, 1, 2, 3, 4, 5, 0, 7, 8, 17, 30, 0];
const idCount = bagLengths.reduce((total, length) => total + length, 0);

function maxima(session: Session, source: TensorRef, lengths: readonly number[], ids: ArrayLike<number>): readonly [TensorRef, TensorRef] {
  const { values, winners } = gatherMaxOf(session.backend, { source, ...bagArrays(session, lengths, ids) });
  const shape = [lengths.length, source.shape[1] as number];
  return [session.keep(values, shape), session.keep(winners, shape, "int32")];
}

/** `gatherMax` compares values and computes nothing. */
export const gatherMax: Group = {
  name: "gatherMax",
  cases: () => [
    ...dims.map((dim) =>
      sameAsNaive(`of rows of ${dim}`, exact, (session) =>
        maxima(session, session.floats([29, dim]), bagLengths, session.random.ids(idCount, 29)),
      ),
    ),
    onBackend("each winner is the first position of its bag that holds the maximum", async (session) => {
      // Few values, so that there are many ties.
      const [rows, dim] = [11, 7];
      const source = session.tensor(session.random.integers(rows * dim, -2, 2), [rows, dim]);
      const ids = session.random.ids(idCount, rows);
      const [values, winners] = maxima(session, source, bagLengths, ids);
      const [held, best, positions] = await Promise.all([source, values, winners].map((tensor) => session.read(tensor)));
      let start = 0;
      bagLengths.forEach((length, bag) => {
        const bagIds = Array.from(ids.subarray(start, start + length));
        for (let column = 0; column < dim; column++) {
          const seen = bagIds.map((id) => held?.[id * dim + column] as number);
          const at = seen.indexOf(Math.max(...seen));
          expect(positions?.[bag * dim + column], `winner of bag ${bag}, element ${column}`).toBe(at < 0 ? -1 : start + at);
          expect(best?.[bag * dim + column]).toBe(at < 0 ? 0 : seen[at]);
        }
        start += length;
      });
    }),
    onBackend("the first not-a-number wins, and infinities are values", async (session) => {
      const { NaN: nan } = Number;
      const source = session.tensor([1, -Infinity, nan, Infinity, 2, nan, 3, -Infinity], [8, 1]);
      const [values, winners] = maxima(session, source, [4, 2, 2, 3, 2], [0, 2, 3, 5, 1, 7, 4, 3, 5, 2, 6, 1, 0]);
      expect(Array.from(await session.read(values))).toEqual([nan, -Infinity, Infinity, nan, 1]);
      expect(Array.from(await session.read(winners))).toEqual([1, 4, 7, 8, 12]);
    }),
    sameAsNaive("no bags, and only empty ones", exact, (session) =>
      [0, 1, 5].flatMap((count) => maxima(session, session.floats([4, 3]), new Array<number>(count).fill(0), [])),
    ),
    sameAsNaive("10,007 ids in one bag, among short ones", exact, (session) =>
      maxima(session, session.floats([997, 9]), [2, 10_007, 0, 3], session.random.ids(10_012, 997)),
    ),
    sameAsNaive("one id everywhere", exact, (session) =>
      maxima(session, session.floats([5, 6]), [3, 0, 40, 1], new Int32Array(44).fill(2)),
    ),
  ],
};
