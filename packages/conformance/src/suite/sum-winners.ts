import { gatherMax, sumWinners as sumWinnersOf } from "@rowan/api";
import type { TensorRef } from "@rowan/api";
import { expect } from "vitest";
import { bagArrays, planOfBags } from "./bag-arrays.ts";
import { onBackend, sameAsNaive } from "./case.ts";
import type { Group } from "./case.ts";
import type { Session } from "./session.ts";
import { exact } from "./tolerance.ts";
import type { Tolerance } from "./tolerance.ts";

const dims = [1, 3, 4, 5, 8, 16, 17, 33, 64, 131];
const bagLengths = [0, 1, 2, 3, 4, 5, 0, 7, 8, 17, 30, 0];
const idCount = bagLengths.reduce((total, length) => total + length, 0);

/** At most 12 values from -1 to 1 are added: a few roundings of a sum below 12. */
const fewTerms: Tolerance = { relative: 2e-6, absolute: 2e-6 };

function backward(session: Session, dim: number, rows: number, lengths: readonly number[], ids: ArrayLike<number>): TensorRef {
  const shape = [lengths.length, dim];
  const bags = bagArrays(session, lengths, ids);
  const found = gatherMax(session.backend, { source: session.floats([rows, dim]), ...bags });
  session.keep(found.values, shape);
  const winners = session.keep(found.winners, shape, "int32");
  const { groups, ...plan } = planOfBags(session, bags, rows);
  return session.keep(sumWinnersOf(session.backend, { source: session.floats(shape), winners, ...plan }), [groups, dim]);
}

/** The gradient of bags of maxima. */
export const sumWinners: Group = {
  name: "sumWinners",
  cases: () => [
    ...dims.map((dim) =>
      sameAsNaive(`of rows of ${dim}`, fewTerms, (session) => [backward(session, dim, 29, bagLengths, session.random.ids(idCount, 29))]),
    ),
    sameAsNaive("10,007 ids in one bag", fewTerms, (session) => [backward(session, 9, 997, [10_007, 2], session.random.ids(10_009, 997))]),
    sameAsNaive("one id everywhere", fewTerms, (session) => [backward(session, 6, 5, [3, 0, 40, 1], new Int32Array(44).fill(2))]),
    sameAsNaive("no ids at all", exact, (session) => [backward(session, 3, 4, [0, 0], []), backward(session, 3, 4, [], [])]),
    onBackend("a position gets what it won, and nothing of the rest", async (session) => {
      const source = session.tensor([1, Infinity, Number.NaN, 4, 5, 6], [2, 3]);
      const winners = session.ids([1, 0, 0, 2, 2, -1], [2, 3]);
      const plan = { positions: session.ids([1, 2, 0]), bags: session.ids([0, 1, 0]), offsets: session.ids([0, 2, 3]) };
      const rows = session.keep(sumWinnersOf(session.backend, { source, winners, ...plan }), [2, 3]);
      expect(Array.from(await session.read(rows))).toEqual([5, 5, 0, 0, Infinity, Number.NaN]);
    }),
  ],
};
