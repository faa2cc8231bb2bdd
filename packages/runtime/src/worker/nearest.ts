import type { NearestPart, ScratchPlace } from "../protocol.ts";
import type { Memories } from "./memories.ts";
import { gatherSegment } from "./rows.ts";

/** Quantized rows are searched in copies of so many values, which a cache holds. */
const blockElements = 1 << 16;

/**
 * The nearest rows among those of a slice, which lies in one segment. Numbers of rows are counted from the slice's first row.
 *
 * @param memories - All of them.
 * @param part - Queries, and where results go.
 * @param scratch - Of this task; in the segment's memory it holds what `nearestScratch` says.
 * @param slice - The number of the slice, which is the place of its result.
 * @param from - Its first row.
 * @param to - One past its last row.
 */
export function nearestInSlice(
  memories: Memories,
  part: NearestPart,
  scratch: readonly ScratchPlace[],
  slice: number,
  from: number,
  to: number,
): void {
  const { table, home, count, k, metric } = part;
  const { dim, code } = table;
  const segment = table.segments.find(({ firstRow, rows }) => from >= firstRow && from < firstRow + rows);
  if (!segment) throw new RangeError(`internal: no segment has row ${from}`);
  const memory = memories.get(segment.memory);
  const place = scratch.find(({ memory: number }) => number === segment.memory) as ScratchPlace;
  let at = place.address;
  const take = (words: number): number => {
    const address = at;
    at += Math.ceil(words / 16) * 64;
    return address;
  };
  const lengths = take(count);
  const values = take(count * k);
  const indices = take(count * k);
  const queries = take(count * dim);
  memory.floats(queries, count * dim).set(memories.get(home).floats(part.queries, count * dim));

  const rows = to - from;
  const best = Math.min(k, rows);
  if (code < 0) {
    const source = segment.data + (from - segment.firstRow) * dim * 4;
    memory.kernels.nearestRows(source, queries, lengths, values, indices, rows, dim, count, best, metric);
  } else {
    const blockRows = Math.max(1, Math.floor(blockElements / dim));
    const [ids, copies] = [take(blockRows), take(blockRows * dim)];
    const [blockValues, blockIndices] = [take(count * best), take(count * best)];
    const lists = Array.from({ length: count }, () => ({ values: new Float32Array(best), rows: new Int32Array(best), kept: 0 }));
    for (let first = from; first < to; first += blockRows) {
      const length = Math.min(blockRows, to - first);
      const numbers = memory.ints(ids, length);
      for (let i = 0; i < length; i++) numbers[i] = first - segment.firstRow + i;
      gatherSegment(memory, table, segment, ids, copies, length);
      const found = Math.min(best, length);
      memory.kernels.nearestRows(copies, queries, lengths, blockValues, blockIndices, length, dim, count, found, metric);
      lists.forEach((list, query) => {
        const scores = memory.floats(blockValues + query * found * 4, found);
        const places = memory.ints(blockIndices + query * found * 4, found);
        for (let i = 0; i < found; i++) insert(list, scores[i] as number, first - from + (places[i] as number));
      });
    }
    lists.forEach((list, query) => {
      memory.floats(values + query * best * 4, best).set(list.values);
      memory.ints(indices + query * best * 4, best).set(list.rows);
    });
  }
  const results = count * best;
  memories
    .get(home)
    .floats(part.values + slice * count * k * 4, results)
    .set(memory.floats(values, results));
  memories
    .get(home)
    .ints(part.indices + slice * count * k * 4, results)
    .set(memory.ints(indices, results));
}

/**
 * Bytes of scratch that the search of a slice takes.
 *
 * @param dim - Values in a row.
 * @param count - Queries.
 * @param k - Rows for each.
 * @param isQuantized - Rows must be copied first.
 * @returns Bytes.
 */
export function nearestScratch(dim: number, count: number, k: number, isQuantized: boolean): number {
  const words = count + 2 * count * k + count * dim + (isQuantized ? Math.max(blockElements, dim) * 2 + 2 * count * k : 0);
  return words * 4 + 10 * 64;
}

interface BestRows {
  readonly values: Float32Array;
  readonly rows: Int32Array;
  kept: number;
}

/** Takes a row into a list that is sorted; rows come in the order of their numbers, so that equals stay in it. */
function insert(list: BestRows, score: number, row: number): void {
  const { values, rows } = list;
  const size = values.length;
  if (list.kept === size && !isNearer(score, values[size - 1] as number)) return;
  let place = list.kept < size ? list.kept++ : size - 1;
  for (; place > 0 && isNearer(score, values[place - 1] as number); place--) {
    values[place] = values[place - 1] as number;
    rows[place] = rows[place - 1] as number;
  }
  values[place] = score;
  rows[place] = row;
}

/** The order in which NaN is the smallest number, and equal to itself. */
function isNearer(a: number, b: number): boolean {
  return a > b || (Number.isNaN(b) && !Number.isNaN(a));
}
