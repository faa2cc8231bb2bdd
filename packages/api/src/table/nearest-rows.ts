import type { Backend, Handle, NearestRowsArgs, SimilarityMetric, TensorRef } from "../backend/backend.ts";
import { gatherQuantized, slice as sliceOf, topK } from "../backend/defaults.ts";
import type { NearestQuantizedArgs } from "../backend/quantized-rows.ts";
import { divide, maximum, multiply, subtract } from "../ops/arithmetic.ts";
import { matmul } from "../ops/matmul.ts";
import { sum } from "../ops/reduction.ts";
import { concatenate, reshape, slice } from "../ops/shaping.ts";
import { withoutRecording } from "../ops/tape.ts";
import { negative, sqrt, square } from "../ops/unary.ts";
import { NDArray } from "../tensor/ndarray.ts";
import { Arena, keep, scope } from "../tensor/scope.ts";
import { Tensor } from "../tensor/tensor.ts";

/** Rows are scored in blocks, so that the search needs little memory beside the table. */
const blockElements = 1 << 22;
/** Rows that become floats first are searched in blocks that a cache holds. */
export const cachedElements: number = 1 << 20;

/** The best rows of one query, the best first. */
export interface Nearest {
  readonly values: readonly number[];
  readonly indices: readonly number[];
}

/**
 * The k nearest rows to each query, by exhaustive search.
 *
 * Asynchronous, since the default puts the best rows of its blocks together on the host.
 *
 * @param backend - Where the rows live; its own `nearestRows` is taken where it has one, else ops over blocks of rows.
 * @param args - See the contract.
 * @returns New handles: float32 scores and int32 row numbers, both `[q, k]`.
 */
export async function nearestRows(backend: Backend, args: NearestRowsArgs): Promise<{ values: Handle; indices: Handle }> {
  if (backend.nearestRows) return backend.nearestRows(args);
  const { source, queries, metric, k, lengths } = args;
  const [rows = 0, dim = 0] = source.shape;
  const count = queries.shape[0] as number;
  const block = Math.max(1, Math.floor(blockElements / Math.max(dim, count)));
  const found = await searchBlocks(backend, { rows, block, count, k }, (from, length, best) => {
    const scores = withoutRecording(() => {
      const part = Tensor.own(backend, sliceOf(backend, source, [from, 0], [length, dim]), [length, dim], "float32");
      const asked = Tensor.own(backend, sliceOf(backend, queries, [0, 0], [count, dim]), [count, dim], "float32");
      const known = lengths && Tensor.own(backend, sliceOf(backend, lengths, [from], [length]), [length], "float32");
      return scoreRows(part, asked, metric, known);
    });
    return topK(backend, scores, best);
  });
  return uploadNearest(backend, found, k);
}

/**
 * The k nearest quantized rows to each query, by the values that `gatherQuantized` gives.
 *
 * @param backend - Where the rows live; its own `nearestQuantized` is taken where it has one, else blocks of rows become floats.
 * @param args - See the contract.
 * @returns New handles: float32 scores and int32 row numbers, both `[q, k]`.
 */
export async function nearestQuantized(backend: Backend, args: NearestQuantizedArgs): Promise<{ values: Handle; indices: Handle }> {
  if (backend.nearestQuantized) return backend.nearestQuantized(args);
  const { source, queries, metric, k, lengths } = args;
  const { dim } = source;
  const rows = source.data.shape[0] as number;
  const block = Math.max(1, Math.floor(cachedElements / Math.max(dim, 1)));
  const found = await searchBlocks(backend, { rows, block, count: queries.shape[0] as number, k }, (from, length, best) => {
    const ids = Int32Array.from({ length }, (_, i) => from + i);
    const handle = gatherQuantized(backend, source, Tensor.fromHost(new NDArray(ids, [length]), backend));
    const known = lengths && Tensor.own(backend, sliceOf(backend, lengths, [from], [length]), [length], "float32");
    const part = Tensor.own(backend, handle, [length, dim], "float32");
    return nearestRows(backend, { source: part, queries, metric, k: best, ...(known && { lengths: known }) });
  });
  return uploadNearest(backend, found, k);
}

/**
 * The length of each row, with the bits that a cosine of `nearestRows` takes.
 *
 * @param backend - Where the rows live; its own `rowLengths` is taken where it has one, else ops.
 * @param source - Float32 `[rows, dim]`.
 * @returns Float32 `[rows]`, a new handle.
 */
export function rowLengths(backend: Backend, source: TensorRef): Handle {
  if (backend.rowLengths) return backend.rowLengths(source);
  const [rows = 0, dim = 0] = source.shape;
  const lengths = scope(() =>
    withoutRecording(() => measureRows(Tensor.own(backend, sliceOf(backend, source, [0, 0], [rows, dim]), [rows, dim], "float32"))),
  );
  return keep(lengths).handle;
}

function measureRows(rows: Tensor): Tensor {
  return sqrt(sum(square(rows), 1));
}

/** How a search goes through a table. */
interface BlockPlan {
  readonly rows: number;
  /** How many rows are searched at once. */
  readonly block: number;
  /** The number of queries. */
  readonly count: number;
  readonly k: number;
}

/**
 * Searches rows block by block, and puts the results together.
 *
 * @param backend - Where they live.
 * @param plan - How many there are, and how many are wanted.
 * @param search - The `best` nearest of `length` rows from `from` on, numbered from 0; what it makes on the way is freed.
 * @returns One list a query.
 */
export async function searchBlocks(
  backend: Backend,
  { rows, block, count, k }: BlockPlan,
  search: (from: number, length: number, best: number) => Promise<{ values: Handle; indices: Handle }>,
): Promise<Nearest[]> {
  let found: Nearest[] = Array.from({ length: count }, () => ({ values: [], indices: [] }));
  for (let from = 0; from < rows && count > 0; from += block) {
    const length = Math.min(block, rows - from);
    const best = Math.min(k, length);
    const arena = new Arena();
    try {
      const top = await arena.run(() => search(from, length, best));
      found = mergeNearest(found, await readNearest(backend, top, count, best), from, k);
    } finally {
      arena.release();
    }
  }
  return found;
}

function uploadNearest(backend: Backend, found: readonly Nearest[], k: number): { values: Handle; indices: Handle } {
  const upload = (values: Float32Array | Int32Array): Handle =>
    keep(Tensor.fromHost(new NDArray(values, [found.length, k]), backend)).handle;
  return {
    values: upload(Float32Array.from(found.flatMap(({ values }) => values))),
    indices: upload(Int32Array.from(found.flatMap(({ indices }) => indices))),
  };
}

/**
 * Reads what `nearestRows` or `topK` gave, and frees it.
 *
 * @param backend - Who made it.
 * @param handles - Both `[count, k]`.
 * @param handles.values - Float32.
 * @param handles.indices - Int32.
 * @param count - How many queries.
 * @param k - How many rows for each.
 * @returns One list a query.
 */
export async function readNearest(
  backend: Backend,
  { values, indices }: { values: Handle; indices: Handle },
  count: number,
  k: number,
): Promise<Nearest[]> {
  try {
    const shape = [count, k];
    const [scores, places] = await Promise.all([
      backend.read({ handle: values, shape, dtype: "float32" }, 0, count * k),
      backend.read({ handle: indices, shape, dtype: "int32" }, 0, count * k),
    ]);
    return Array.from({ length: count }, (_, query) => ({
      values: Array.from(scores.subarray(query * k, (query + 1) * k)),
      indices: Array.from(places.subarray(query * k, (query + 1) * k)),
    }));
  } finally {
    backend.free(values);
    backend.free(indices);
  }
}

/**
 * Puts the best rows of two parts of a table together.
 *
 * @param first - One list a query, of the rows before.
 * @param second - One list a query, of the rows from `from` on, numbered from 0.
 * @param from - The first row of the second part.
 * @param k - How many are kept.
 * @returns One list a query: the best first, the lower row first among equals, NaN last.
 */
export function mergeNearest(first: readonly Nearest[], second: readonly Nearest[], from: number, k: number): Nearest[] {
  return first.map((before, query) => {
    const after = second[query] as Nearest;
    const values: number[] = [];
    const indices: number[] = [];
    for (let i = 0, j = 0; values.length < k && i + j < before.values.length + after.values.length;) {
      const takesBefore = j >= after.values.length || (i < before.values.length && !isNearer(after.values[j], before.values[i]));
      values.push((takesBefore ? before.values[i] : after.values[j]) as number);
      indices.push(takesBefore ? (before.indices[i++] as number) : from + (after.indices[j++] as number));
    }
    return { values, indices };
  });
}

/** The order in which NaN is the smallest number, and equal to itself. */
function isNearer(a: number | undefined, b: number | undefined): boolean {
  return (a as number) > (b as number) || (Number.isNaN(b) && !Number.isNaN(a));
}

/** Scores `[q, rows]`, such that larger is nearer. */
function scoreRows(rows: Tensor, queries: Tensor, metric: SimilarityMetric, known: Tensor | undefined): Tensor {
  const [count = 0, dim = 0] = queries.shape;
  if (metric === "euclidean") {
    const distances = Array.from({ length: count }, (_, query) =>
      reshape(negative(sum(square(subtract(rows, slice(queries, [query, 0], [1, dim]))), 1)), [1, rows.shape[0] as number]),
    );
    return concatenate(distances, 0);
  }
  const products = matmul(queries, rows, { transposeB: true });
  if (metric === "dot") return products;
  const lengths = multiply(
    sqrt(sum(square(queries), 1, { keepDims: true })),
    reshape(known ?? measureRows(rows), [1, rows.shape[0] as number]),
  );
  return divide(products, maximum(lengths, 1e-30));
}
