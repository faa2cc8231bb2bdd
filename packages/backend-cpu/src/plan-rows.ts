import type { PlanArrays } from "@rowan/api";

const digitBits = 11;

/**
 * Makes the function that turns a step's ids into a plan: a radix sort of (id, position), which keeps positions in order.
 * Its cost and memory grow with the ids of a step, not with the table. The scratch arrays are kept from step to step.
 *
 * @returns `planRows` of the contract; unique ids come out in ascending order.
 */
export function createRowPlanner(): (ids: Int32Array, rows: number) => PlanArrays {
  const counts = new Int32Array(1 << digitBits);
  let scratch = new Int32Array(0);

  return (ids, rows) => {
    const n = ids.length;
    if (scratch.length < 3 * n) scratch = new Int32Array(3 * n + (n >> 1));
    let keys: Int32Array = ids;
    let spareKeys = scratch.subarray(0, n);
    let otherKeys = scratch.subarray(n, 2 * n);
    let positions: Int32Array | undefined;
    let spare: Int32Array = new Int32Array(n);
    let other: Int32Array = scratch.subarray(2 * n, 3 * n);
    const bits = Math.max(1, 32 - Math.clz32(Math.max(rows - 1, 0)));
    const passes = Math.ceil(bits / digitBits);
    // The last pass must end in the array that is handed out.
    if (passes % 2 === 0) [spare, other] = [other, spare];
    for (let pass = 0; pass < passes; pass++) {
      sortByDigit(keys, positions, spareKeys, spare, counts, pass * digitBits);
      keys = spareKeys;
      [spareKeys, otherKeys] = [otherKeys, spareKeys];
      positions = spare;
      [spare, other] = [other, spare];
    }
    return compress(keys, positions as Int32Array);
  };
}

function sortByDigit(
  keys: Int32Array,
  positions: Int32Array | undefined,
  outKeys: Int32Array,
  outPositions: Int32Array,
  counts: Int32Array,
  shift: number,
): void {
  const mask = counts.length - 1;
  counts.fill(0);
  for (let i = 0; i < keys.length; i++) {
    const digit = ((keys[i] as number) >>> shift) & mask;
    counts[digit] = (counts[digit] as number) + 1;
  }
  for (let digit = 0, start = 0; digit <= mask; digit++) {
    const count = counts[digit] as number;
    counts[digit] = start;
    start += count;
  }
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as number;
    const digit = (key >>> shift) & mask;
    const place = counts[digit] as number;
    counts[digit] = place + 1;
    outKeys[place] = key;
    outPositions[place] = positions ? (positions[i] as number) : i;
  }
}

function compress(keys: Int32Array, positions: Int32Array): PlanArrays {
  const n = keys.length;
  let count = 0;
  for (let i = 0; i < n; i++) if (i === 0 || keys[i] !== keys[i - 1]) count++;
  const unique = new Int32Array(count);
  const offsets = new Int32Array(count + 1);
  for (let i = 0, u = 0; i < n; i++) {
    if (i > 0 && keys[i] === keys[i - 1]) continue;
    unique[u] = keys[i] as number;
    offsets[u++] = i;
  }
  offsets[count] = n;
  return { unique, offsets, positions };
}
