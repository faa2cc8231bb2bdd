import { takeBehind } from "@rowan/api";
import { expect } from "vitest";
import { onBackend } from "./case.ts";
import type { Group } from "./case.ts";

/** Few rows, which no backend is asked about, and many. */
const counts = [0, 1, 2, 3, 31, 32, 33, 255, 256, 257, 1000, 5003];

/** The list of the steps at which rows are. */
export const takeBehindGroup: Group = {
  name: "takeBehind",
  cases: () => [
    ...[0, 1].map((ahead) =>
      onBackend(
        `rows at other steps are taken, in their order, and all are noted ${ahead === 0 ? "now" : "a step ahead"}`,
        ({ backend }) => {
          for (const count of counts) {
            for (const now of [0, 7, 2 ** 31 - 2]) {
              // A list within a longer one, of more rows than are asked for: whatever else is in it stays.
              const size = 2 * count + 3;
              const all = Int32Array.from({ length: size + 2 }, (_, i) => [now, -1, 3, now, 2 ** 31 - 1, now, now][i % 7] as number);
              const last = all.subarray(1, size + 1);
              const expected = all.slice();
              const ids = Int32Array.from({ length: count }, (_, i) => (i * 5 + 2) % size);
              const taken: [number, number][] = [];
              for (const id of ids) {
                const step = expected[id + 1] as number;
                expected[id + 1] = now + ahead;
                if (step !== now && step !== now + ahead) taken.push([id, step]);
              }
              const [rows, before] = [new Int32Array(count), new Int32Array(count + 1)];
              const args = { last, ids, now, next: now + ahead, rows, before };
              expect(takeBehind(backend, args), `${count} rows`).toBe(taken.length);
              expect([...rows.subarray(0, taken.length)]).toEqual(taken.map(([id]) => id));
              expect([...before.subarray(0, taken.length)]).toEqual(taken.map(([, step]) => step));
              expect(all).toEqual(expected);
            }
          }
        },
      ),
    ),
    onBackend("a repeated row is taken once", ({ backend }) => {
      for (const next of [5, 6]) {
        for (const count of counts.filter((each) => each > 0)) {
          const last = Int32Array.of(5, 1, 6);
          const ids = Int32Array.from({ length: count }, (_, i) => (i % 3 === 1 ? 1 : 0));
          const [rows, before] = [new Int32Array(count), new Int32Array(count)];
          const wanted = count > 1 ? [[1], [1]] : [[], []];
          const found = takeBehind(backend, { last, ids, now: 5, next, rows, before });
          expect([[...rows.subarray(0, found)], [...before.subarray(0, found)]]).toEqual(wanted);
          expect([...last]).toEqual([next, count > 1 ? next : 1, 6]);
        }
      }
    }),
  ],
};
