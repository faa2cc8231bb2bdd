import { expect, test } from "vitest";
import { fillKeep, fillNoise } from "./sampling-tables.ts";

test("an alias table gives each word its power of the counts, whatever the counts", () => {
  for (const counts of [[1], [5, 5, 5], [1000, 1], [9000, 400, 77, 5, 5, 1], [3, 0, 2]]) {
    const size = counts.length;
    const [chances, aliases] = [new Int32Array(size), new Int32Array(size)];
    fillNoise(Uint32Array.from(counts), 0.75, chances, aliases);
    const shares = new Float64Array(size);
    chances.forEach((chance, place) => {
      const own = (chance >>> 0) / 2 ** 32;
      shares[place] = (shares[place] as number) + own / size;
      const other = aliases[place] as number;
      shares[other] = (shares[other] as number) + (1 - own) / size;
    });
    const total = counts.reduce((sum, count) => sum + count ** 0.75, 0);
    counts.forEach((count, word) => expect(shares[word]).toBeCloseTo(count ** 0.75 / total, 8));
  }
});

test("frequent words are thinned out by Mikolov's formula, rare ones and those of sample 0 stay", () => {
  const keep = new Int32Array(3);
  fillKeep(Uint32Array.of(900_000, 99_000, 1000), 1_000_000, 1e-3, keep);
  const shares = Array.from(keep, (bits) => ((bits >>> 0) + 1) / 2 ** 32);
  expect(shares[0]).toBeCloseTo((Math.sqrt(900) + 1) / 900, 8);
  expect(shares[1]).toBeCloseTo((Math.sqrt(99) + 1) / 99, 8);
  expect(shares[2]).toBe(1);
  fillKeep(Uint32Array.of(900_000, 99_000, 1000), 1_000_000, 0, keep);
  expect([...keep]).toEqual([-1, -1, -1]);
});
