import type { Backend, PlanArrays } from "../backend.ts";

/**
 * The unique ids of a step, ascending, and for each of them the positions that use it, ascending.
 *
 * @param backend - Its own `planRows` is taken where it has one.
 * @param ids - The ids of a step, valid.
 * @param rows - The rows of the table that they mean.
 * @returns The plan. Time and memory grow with the number of ids, not with the table.
 */
export function planRows(backend: Backend, ids: Int32Array, rows: number): PlanArrays {
  if (backend.planRows) return backend.planRows(ids, rows);
  const positions = sortPositions(ids, rows);
  const unique = new Int32Array(ids.length);
  const offsets = new Int32Array(ids.length + 1);
  let count = 0;
  for (let i = 0; i < positions.length; i++) {
    const id = ids[positions[i] as number] as number;
    if (count > 0 && unique[count - 1] === id) continue;
    unique[count] = id;
    offsets[count++] = i;
  }
  offsets[count] = ids.length;
  return { unique: unique.slice(0, count), offsets: offsets.slice(0, count + 1), positions };
}

/** Positions in the order of their ids: a radix sort, which is stable and so keeps equal ids in the order of the step. */
function sortPositions(ids: Int32Array, rows: number): Int32Array {
  let order = Int32Array.from(ids, (_, position) => position);
  let next = new Int32Array(ids.length);
  for (let shift = 0; shift < 32 && 2 ** shift < rows; shift += 8) {
    const starts = startsOfDigits(ids, shift);
    for (const position of order) {
      const digit = ((ids[position] as number) >>> shift) & 255;
      const start = starts[digit] as number;
      next[start] = position;
      starts[digit] = start + 1;
    }
    [order, next] = [next, order];
  }
  return order;
}

/** For each value of a digit of eight bits, how many ids have a smaller one. */
function startsOfDigits(ids: Int32Array, shift: number): Int32Array {
  const starts = new Int32Array(257);
  for (const id of ids) {
    const digit = (id >>> shift) & 255;
    starts[digit + 1] = (starts[digit + 1] as number) + 1;
  }
  for (let digit = 0; digit < 256; digit++) starts[digit + 1] = (starts[digit + 1] as number) + (starts[digit] as number);
  return starts;
}
