import type { WinnerKernels } from "../kernels.ts";

/** Maxima of bags with those who attained them, the way back, and dot products of rows, over typed arrays. */
export const winnerKernels: WinnerKernels<Float32Array, Int32Array> = {
  winBags(source, ids, offsets, values, winners, bags, dim) {
    for (let bag = 0; bag < bags; bag++) {
      const start = offsets[bag] as number;
      const end = offsets[bag + 1] as number;
      const isEmpty = start === end;
      const held = values.subarray(bag * dim, bag * dim + dim).fill(0);
      const who = winners.subarray(bag * dim, bag * dim + dim).fill(isEmpty ? -1 : start);
      if (isEmpty) continue;
      const first = (ids[start] as number) * dim;
      held.set(source.subarray(first, first + dim));
      for (let i = start + 1; i < end; i++) {
        const from = (ids[i] as number) * dim;
        for (let j = 0; j < dim; j++) {
          const value = source[from + j] as number;
          if (value <= (held[j] as number) || Number.isNaN(held[j])) continue;
          held[j] = value;
          who[j] = i;
        }
      }
    }
  },
  sumWon(source, winners, positions, bags, offsets, out, groups, dim) {
    for (let group = 0; group < groups; group++) {
      const row = out.subarray(group * dim, group * dim + dim).fill(0);
      for (let k = offsets[group] as number; k < (offsets[group + 1] as number); k++) {
        const from = (bags[k] as number) * dim;
        for (let j = 0; j < dim; j++) if (winners[from + j] === positions[k]) row[j] = (row[j] as number) + (source[from + j] as number);
      }
    }
  },
  dotRows(a, aIds, b, bIds, out, count, dim) {
    // The same sixteen sums as in vectors, so that both forms give the same bits.
    const sums = new Float32Array(16);
    for (let i = 0; i < count; i++) {
      const [x, y] = [(aIds[i] as number) * dim, (bIds[i] as number) * dim];
      sums.fill(0);
      for (let j = 0; j < dim; j++) {
        const lane = j < dim - (dim % 16) ? j % 16 : j < dim - (dim % 4) ? j % 4 : 0;
        sums[lane] = (sums[lane] as number) + Math.fround((a[x + j] as number) * (b[y + j] as number));
      }
      const [p, q, r, s] = [0, 1, 2, 3].map((lane) => {
        const pair = (from: number): number => Math.fround((sums[from + lane] as number) + (sums[from + 4 + lane] as number));
        return Math.fround(pair(0) + pair(8));
      }) as [number, number, number, number];
      out[i] = Math.fround(p + q) + Math.fround(r + s);
    }
  },
};
