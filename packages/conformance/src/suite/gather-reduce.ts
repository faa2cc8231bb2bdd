import type { BagMode, TensorRef } from "@rowan/api";
import { sameAsNaive } from "./case.ts";
import type { Group } from "./case.ts";
import type { Session } from "./session.ts";
import { exact } from "./tolerance.ts";
import type { Tolerance } from "./tolerance.ts";

const modes: readonly BagMode[] = ["sum", "mean", "sqrtn", "max"];
const dims = [1, 3, 4, 5, 8, 16, 17, 33, 64, 131];
const bagLengths = [0, 1, 2, 3, 4, 5, 0, 7, 8, 17, 30, 0];

/** At most 30 values from -1 to 1, added in any order: a few roundings of a sum below 16, which has units of 1e-6. */
const shortBags: Tolerance = { relative: 2e-6, absolute: 4e-6 };

/** 5,003 values from -1 to 1, one after another: each addition rounds a partial sum of about 40 by up to 2e-6, at random. */
const longBags: Tolerance = { relative: 1e-5, absolute: 5e-4 };

/** Offsets, and ids of the right number. */
function bags(session: Session, lengths: readonly number[], rows: number): { ids: TensorRef; offsets: TensorRef } {
  const offsets = [0];
  for (const length of lengths) offsets.push((offsets.at(-1) ?? 0) + length);
  return { ids: session.ids(session.random.ids(offsets.at(-1) ?? 0, rows)), offsets: session.ids(offsets) };
}

/** Bags of rows: sums and their like, without the rows in between. */
export const gatherReduce: Group = {
  name: "gatherReduce",
  cases: () => [
    ...modes.flatMap((mode) =>
      dims.map((dim) =>
        sameAsNaive(`${mode} of rows of ${dim}`, mode === "max" ? exact : shortBags, (session) => {
          const source = session.floats([29, dim]);
          return [session.keep(session.backend.gatherReduce({ source, ...bags(session, bagLengths, 29), mode }), [bagLengths.length, dim])];
        }),
      ),
    ),
    ...(["sum", "mean", "sqrtn"] as const).flatMap((mode) =>
      [1, 4, 7, 64].map((dim) =>
        sameAsNaive(`weighted ${mode} of rows of ${dim}`, shortBags, (session) => {
          const source = session.floats([29, dim]);
          const bag = bags(session, bagLengths, 29);
          const weights = session.tensor(session.random.floats(bag.ids.shape[0] as number, 0.25, 2), bag.ids.shape);
          return [session.keep(session.backend.gatherReduce({ source, ...bag, weights, mode }), [bagLengths.length, dim])];
        }),
      ),
    ),
    sameAsNaive("a divisor of 0 gives zeros", shortBags, (session) => {
      const source = session.floats([5, 6]);
      const bag = { ids: session.ids([0, 1, 2, 3, 4]), offsets: session.ids([0, 2, 4, 5]) };
      const weights = session.tensor([1, -1, 0, 0, 2], [5]);
      return (["mean", "sqrtn", "sum"] as const).map((mode) =>
        session.keep(session.backend.gatherReduce({ source, ...bag, weights, mode }), [3, 6]),
      );
    }),
    sameAsNaive("negative weights", shortBags, (session) => {
      const source = session.floats([9, 5]);
      const weights = session.tensor([-1.5, 0.5, 2], [3]);
      const bag = { ids: session.ids([8, 3, 8]), offsets: session.ids([0, 3]) };
      return (["mean", "sqrtn", "sum"] as const).map((mode) =>
        session.keep(session.backend.gatherReduce({ source, ...bag, weights, mode }), [1, 5]),
      );
    }),
    sameAsNaive("no bags, and only empty ones", exact, (session) =>
      modes.flatMap((mode) =>
        [0, 1, 5].map((count) => {
          const offsets = session.ids(new Int32Array(count + 1));
          return session.keep(session.backend.gatherReduce({ source: session.floats([4, 3]), ids: session.ids([]), offsets, mode }), [
            count,
            3,
          ]);
        }),
      ),
    ),
    sameAsNaive("not-a-number and infinities are carried", shortBags, (session) => {
      const source = session.tensor([Number.NaN, 1, Infinity, 2, -Infinity, 3, -1, 4], [4, 2]);
      const bag = { ids: session.ids([0, 3, 1, 3, 2, 3, 1, 2, 3, 0, 2, 2]), offsets: session.ids([0, 2, 4, 6, 8, 10, 12]) };
      return modes.map((mode) => session.keep(session.backend.gatherReduce({ source, ...bag, mode }), [6, 2]));
    }),
    sameAsNaive("writes over what `into` held, also for empty bags", shortBags, (session) =>
      modes.map((mode) => {
        const into = session.floats([bagLengths.length, 7]);
        session.backend.gatherReduce({ source: session.floats([29, 7]), ...bags(session, bagLengths, 29), mode, into: into.handle });
        return into;
      }),
    ),
    ...modes.map((mode) =>
      sameAsNaive(`${mode} of one very long bag among short ones`, mode === "max" ? exact : longBags, (session) => {
        const source = session.floats([997, 9]);
        return [session.keep(session.backend.gatherReduce({ source, ...bags(session, [2, 5003, 0, 3], 997), mode }), [4, 9])];
      }),
    ),
    sameAsNaive("many bags of one", exact, (session) => {
      const source = session.floats([101, 4]);
      const offsets = session.ids(Int32Array.from({ length: 1010 }, (_, bag) => bag));
      return [
        session.keep(
          session.backend.gatherReduce({ source, ids: session.ids(session.random.ids(1009, 101)), offsets, mode: "sum" }),
          [1009, 4],
        ),
      ];
    }),
  ],
};
