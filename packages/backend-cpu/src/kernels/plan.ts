import type { PlanKernels } from "../kernels.ts";

/** The sort goes through this many bits at a time, in both forms of the kernel, and counts the values that they have. */
export const digitBits = 11;
const digits = 1 << digitBits;

/** The plan of a step's ids, over typed arrays. */
export const planKernels: PlanKernels<Int32Array> = {
  planRows(ids, count, passes, unique, offsets, positions, room) {
    const part = (index: number): Int32Array => room.subarray(index * count, (index + 1) * count);
    const counts = room.subarray(3 * count, 3 * count + digits);
    let keys: Int32Array = ids;
    let [outKeys, otherKeys] = [part(0), part(1)];
    let from: Int32Array | undefined;
    // The last pass must end in the list that is handed out.
    let [to, other] = passes % 2 === 1 ? [positions, part(2)] : [part(2), positions];
    for (let pass = 0; pass < passes; pass++) {
      sortByDigit(keys, from, outKeys, to, count, counts, pass * digitBits);
      keys = outKeys;
      [outKeys, otherKeys] = [otherKeys, outKeys];
      from = to;
      [to, other] = [other, to];
    }
    let found = 0;
    for (let i = 0; i < count; i++) {
      if (i > 0 && keys[i] === keys[i - 1]) continue;
      unique[found] = keys[i] as number;
      offsets[found++] = i;
    }
    offsets[found] = count;
    return found;
  },
};

function sortByDigit(
  keys: Int32Array,
  positions: Int32Array | undefined,
  outKeys: Int32Array,
  outPositions: Int32Array,
  count: number,
  counts: Int32Array,
  shift: number,
): void {
  const mask = digits - 1;
  counts.fill(0);
  for (let i = 0; i < count; i++) {
    const digit = ((keys[i] as number) >>> shift) & mask;
    counts[digit] = (counts[digit] as number) + 1;
  }
  for (let digit = 0, start = 0; digit <= mask; digit++) {
    const here = counts[digit] as number;
    counts[digit] = start;
    start += here;
  }
  for (let i = 0; i < count; i++) {
    const key = keys[i] as number;
    const digit = (key >>> shift) & mask;
    const place = counts[digit] as number;
    counts[digit] = place + 1;
    outKeys[place] = key;
    outPositions[place] = positions ? (positions[i] as number) : i;
  }
}
