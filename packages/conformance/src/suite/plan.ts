import { planRows } from "@rowan/api";
import { expect } from "vitest";
import { onBackend, sameAsNaive } from "./case.ts";
import type { Group } from "./case.ts";
import { exact } from "./tolerance.ts";

/** `[number of ids, rows of the table]`: around each digit of a radix, and tables far larger than the ids. */
const sizes: readonly (readonly [number, number])[] = [
  [0, 5],
  [1, 1],
  [7, 1],
  [3, 2],
  [100, 10],
  [257, 256],
  [300, 257],
  [1031, 65_536],
  [1031, 65_537],
  [2000, 2048],
  [2000, 2049],
  [5000, 4_194_304],
  [5000, 4_194_305],
  [500, 16_777_217],
  [200, 2_147_483_647],
];

/** The plan of a step's ids. */
export const plan: Group = {
  name: "planRows",
  cases: () => [
    sameAsNaive("unique ids ascend, and so do the positions of each", exact, (session) =>
      sizes.flatMap(([count, rows]) => {
        const arrays = planRows(session.backend, session.random.ids(count, rows), rows);
        return [arrays.unique, arrays.offsets, arrays.positions].map((array) => session.ids(array));
      }),
    ),
    onBackend("every position appears once, under its own id", (session) => {
      for (const [count, rows] of sizes) {
        const ids = session.random.ids(count, rows);
        const { unique, offsets, positions } = planRows(session.backend, ids, rows);
        expect(offsets.length).toBe(unique.length + 1);
        expect(Array.from(unique)).toEqual([...new Set(ids)].sort((a, b) => a - b));
        const found = Array.from(unique, (id, i) =>
          Array.from(positions.subarray(offsets[i], offsets[i + 1]), (position) => ids[position] === id),
        );
        expect(found.flat().every(Boolean)).toBe(true);
        expect([...positions].sort((a, b) => a - b)).toEqual(Array.from(ids, (_, position) => position));
      }
    }),
    sameAsNaive("summing row gradients over a plan is the gradient of the lookup", { relative: 2e-6, absolute: 4e-6 }, (session) => {
      const ids = Int32Array.from([4, 1, 4, 4, 0, 1, 7]);
      const { unique, offsets, positions } = planRows(session.backend, ids, 9);
      const gradient = session.backend.gatherReduce({
        source: session.floats([7, 5]),
        ids: session.ids(positions),
        offsets: session.ids(offsets),
        mode: "sum",
      });
      return [session.keep(gradient, [unique.length, 5])];
    }),
    onBackend("the ids stay as they are", (session) => {
      const ids = Int32Array.of(3, 1, 3, 0);
      planRows(session.backend, ids, 4);
      expect(ids).toEqual(Int32Array.of(3, 1, 3, 0));
    }),
  ],
};
