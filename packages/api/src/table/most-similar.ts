import { countOf } from "../count-of.ts";
import type { Handle, SimilarityMetric } from "../backend/backend.ts";
import { checkOptions } from "../check-options.ts";
import { InvalidArgumentError, ShapeMismatchError, describeValue } from "../errors.ts";
import { checkIds } from "../tensor/ids.ts";
import { NDArray } from "../tensor/ndarray.ts";
import { checkPositiveInteger, formatShape } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { EmbeddingTable } from "./embedding-table.ts";
import { knownLengths } from "./known-lengths.ts";
import { cachedElements, nearestQuantized, nearestRows, searchBlocks } from "./nearest-rows.ts";
import type { Nearest } from "./nearest-rows.ts";
import type { RowSource } from "./row-source.ts";
import { gatherRows } from "./stored-rows.ts";

/** Options of `mostSimilar`. */
export interface MostSimilarOptions {
  /** How many neighbours; 10 when left out, fewer when the table is smaller. */
  readonly k?: number;
  readonly metric?: SimilarityMetric;
  /** Ids of rows that shall not appear. */
  readonly exclude?: readonly number[];
}

const optionNames = ["k", "metric", "exclude"] as const satisfies readonly (keyof MostSimilarOptions)[];

/** A row and how near it is. */
export interface Neighbour {
  readonly id: number;
  /** Cosine or dot product, largest first; for `"euclidean"` the distance, smallest first. */
  readonly score: number;
}

/** Several queries: ids of rows as an array or an int32 NDArray `[q]`, or vectors `[q, dim]`. */
export type SimilarityQueries = readonly number[] | Int32Array | NDArray | readonly ArrayLike<number>[];

const metrics: readonly SimilarityMetric[] = ["cosine", "dot", "euclidean"];

/**
 * Finds the `k` best rows for each of the vectors `[q, dim]`: for `"euclidean"` by the negated squared distance, the lower row first
 * among equals, NaN last.
 */
export type RowSearch = (vectors: NDArray, metric: SimilarityMetric, k: number) => Promise<readonly Nearest[]>;

/**
 * The nearest rows of a table to each of several queries, by exhaustive search. It changes no row.
 *
 * @param table - Where to search.
 * @param queries - Ids, each of which is left out of its own result, or vectors.
 * @param options - `k`, `metric`, `exclude`.
 * @returns For each query at most k neighbours, the best first, the lower id first among equals; a zero vector has the cosine 0 with
 *   everything.
 * @throws IndexOutOfRangeError for a bad id; ShapeMismatchError for vectors of another length; InvalidArgumentError for a bad option.
 */
export function mostSimilar(table: EmbeddingTable, queries: SimilarityQueries, options: MostSimilarOptions): Promise<Neighbour[][]> {
  return searchSimilar(table, queries, options, (vectors, metric, k) => searchTable(table, vectors, metric, k));
}

/**
 * `mostSimilar` with a search of the caller's own, for rows that are searched in another way than a table's, as over several threads.
 *
 * @param table - Any rows.
 * @param queries - Ids, each of which is left out of its own result, or vectors.
 * @param options - `k`, `metric`, `exclude`.
 * @param search - Finds rows for vectors; it may be asked for more than `k`, for those that are left out afterwards.
 * @returns For each query at most k neighbours, the best first.
 * @throws IndexOutOfRangeError for a bad id; ShapeMismatchError for vectors of another length.
 */
export async function searchSimilar(
  table: RowSource,
  queries: SimilarityQueries,
  options: MostSimilarOptions,
  search: RowSearch,
): Promise<Neighbour[][]> {
  checkOptions("mostSimilar", options, "{ k: 10 }", optionNames);
  const metric = options.metric ?? "cosine";
  if (!metrics.includes(metric))
    throw new InvalidArgumentError(`\`metric\` must be one of ${metrics.join(", ")}. Received: metric=${describeValue(metric)}.`);
  const k = checkPositiveInteger("k", options.k ?? 10);
  const excluded = excludedIds(options.exclude, table.inputDim);
  const ids = idsOf(queries);
  const vectors = ids ? await table.lookup(checkIds(ids, table.inputDim).data) : vectorsOf(queries, table.outputDim);
  // Rows that are left out are found all the same, so that many more are asked for.
  const wanted = Math.min(table.inputDim, k + excluded.size + (ids ? 1 : 0));
  const found = await search(vectors, metric, wanted);
  return found.map(({ values, indices }, query) => {
    const self = ids?.[query];
    return indices
      .map((id, i) => ({ id, score: scoreOf(values[i] as number, metric) }))
      .filter(({ id }) => id !== self && !excluded.has(id))
      .slice(0, k);
  });
}

function excludedIds(exclude: MostSimilarOptions["exclude"] = [], rows: number): ReadonlySet<number> {
  const given: unknown = exclude;
  if (!Array.isArray(given) && !ArrayBuffer.isView(given)) {
    throw new InvalidArgumentError(`\`exclude\` must be an array of ids. Received: exclude=${describeValue(given)}.`);
  }
  const excluded = Array.from(exclude);
  const wrong = excluded.findIndex((id) => !Number.isInteger(id) || id < 0 || id >= rows);
  if (wrong >= 0) {
    throw new InvalidArgumentError(
      `\`exclude\` must be ids of rows, integers from 0 to ${rows - 1}. Received: exclude[${wrong}]=${describeValue(excluded[wrong])}. Leave it out.`,
    );
  }
  return new Set(excluded);
}

function scoreOf(value: number, metric: SimilarityMetric): number {
  return metric === "euclidean" ? Math.sqrt(Math.max(0, -value)) : value;
}

function idsOf(queries: SimilarityQueries): NDArray["data"] | readonly number[] | undefined {
  if (queries instanceof NDArray) return queries.dtype === "int32" && queries.rank === 1 ? queries.data : undefined;
  if (queries instanceof Int32Array) return queries;
  return Array.isArray(queries) && queries.every((one) => typeof one === "number") ? queries : undefined;
}

function vectorsOf(queries: SimilarityQueries, dim: number): NDArray {
  if (typeof queries !== "object" || (queries as object | null) === null) {
    throw new InvalidArgumentError(`Queries must be an array of ids or of vectors. Received: queries=${describeValue(queries)}.`);
  }
  const vectors =
    queries instanceof NDArray
      ? queries.astype("float32")
      : NDArray.from(
          Array.from(queries as readonly ArrayLike<number>[], (one) => Array.from(checkLength(one, dim))),
          "float32",
        );
  if (vectors.rank !== 2) {
    throw new ShapeMismatchError(
      `Queries must be ids or vectors of shape (queries, ${dim}). Received: shape ${formatShape(vectors.shape)}. Wrap a single vector: [vector].`,
    );
  }
  checkLength({ length: vectors.shape[1] as number }, dim);
  const nan = vectors.data.findIndex((value) => Number.isNaN(value));
  if (nan >= 0) {
    throw new InvalidArgumentError(
      `A query vector must be made of numbers, or nothing is near to it. Received: NaN as value ${nan % dim} of query ${Math.floor(nan / dim)}. Check how it was computed.`,
    );
  }
  return vectors;
}

function checkLength<T extends { readonly length: number }>(vector: T, dim: number): T {
  const length: unknown = (vector as T | null | undefined)?.length;
  if (length === dim) return vector;
  throw new ShapeMismatchError(
    `A query vector must have ${countOf(dim, "value")}, like the rows of the table. Received: ${typeof length === "number" ? countOf(length, "value") : describeValue(vector)}.`,
  );
}

/**
 * The search of `mostSimilar` itself, on the table's backend: the whole table at once where its rows lie up to date, else block by block
 * in copies that are.
 *
 * @param table - Where to search.
 * @param vectors - Float32 `[q, dim]`.
 * @param metric - What near means.
 * @param k - How many rows for each vector, at most as many as there are.
 * @returns For each vector its rows, as of `RowSearch`.
 */
export async function searchTable(table: EmbeddingTable, vectors: NDArray, metric: SimilarityMetric, k: number): Promise<Nearest[]> {
  const { backend, variable, inputDim: rows, outputDim: dim } = table;
  const [count = 0] = vectors.shape;
  const { quantized } = variable;
  const block = variable.deferred ? Math.max(1, Math.floor(cachedElements / dim)) : rows;
  const lengths = metric === "cosine" && !variable.deferred ? knownLengths(variable) : undefined;
  const search = (from: number, length: number, best: number): Promise<{ values: Handle; indices: Handle }> => {
    const asked = { queries: Tensor.fromHost(vectors, backend), metric, k: best, ...(lengths && { lengths }) };
    if (quantized) return nearestQuantized(backend, { ...asked, source: quantized });
    return nearestRows(backend, { ...asked, source: currentBlock(table, from, length) });
  };
  try {
    return await searchBlocks(backend, { rows, block, count, k }, search);
  } finally {
    lengths?.dispose();
  }
}

/** Rows as they are after all steps so far; a search changes none of them. */
function currentBlock({ backend, variable }: EmbeddingTable, from: number, count: number): Tensor {
  if (!variable.deferred) return variable.stored;
  const { source, ids } = variable.currentRows(Int32Array.from({ length: count }, (_, i) => from + i));
  return gatherRows(source, Tensor.fromHost(new NDArray(ids, [count]), backend));
}
