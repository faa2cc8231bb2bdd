import { idsBelow } from "@rowan/api";
import { expect } from "vitest";
import { onBackend } from "./case.ts";
import type { Group } from "./case.ts";

/** Few ids, which no backend is asked about, and many, with every remainder of a vector of eight. */
const counts = [0, 1, 2, 3, 4, 5, 7, 8, 9, 1023, 1024, 1025, 1026, 1027, 1028, 1029, 1030, 1031, 1032, 5003];

/** The largest id that there is. */
const largest = 2 ** 31 - 1;

/** The look over ids before a lookup. */
export const ids: Group = {
  name: "idsBelow",
  cases: () => [
    onBackend("ids from 0 to the last row are, wherever they begin in memory", ({ backend }) => {
      for (const count of counts) {
        for (const rows of [1, 5, 1000, largest, 2 ** 31]) {
          const list = new Int32Array(count + 1).subarray(1);
          list.forEach((_, i) => (list[i] = i % 3 === 0 ? rows - 1 : Math.floor(rows / (i + 1))));
          expect(idsBelow(backend, list, rows), `${count} ids, ${rows} rows`).toBe(true);
        }
      }
    }),
    onBackend("one that is not is found at every place", ({ backend }) => {
      for (const count of counts) {
        for (const [wrong, rows] of [
          [5, 5],
          [-1, 5],
          [-(2 ** 31), 5],
          [largest, 5],
          [largest, largest],
          [-1, 2 ** 31],
          [0, 0],
        ] as const) {
          const places = count > 50 ? [0, 1, 7, 8, count >> 1, count - 9, count - 8, count - 2, count - 1] : [...new Array(count).keys()];
          for (const place of places) {
            const list = new Int32Array(count);
            list[place] = wrong;
            expect(idsBelow(backend, list, rows), `${wrong} at ${place} of ${count} for ${rows} rows`).toBe(false);
          }
        }
      }
    }),
  ],
};
