import { topK } from "../backend/defaults.ts";
import { InvalidArgumentError, ShapeMismatchError, describeValue } from "../errors.ts";
import { divide, maximum, multiply, subtract } from "../ops/arithmetic.ts";
import { matmul } from "../ops/matmul.ts";
import { sum } from "../ops/reduction.ts";
import { reshape, slice } from "../ops/shaping.ts";
import { negative, sqrt, square } from "../ops/unary.ts";
import { checkIds } from "../tensor/ids.ts";
import { NDArray } from "../tensor/ndarray.ts";
import { Arena } from "../tensor/scope.ts";
import { checkPositiveInteger } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { EmbeddingTable } from "./embedding-table.ts";

/** How near two vectors are. */
export type SimilarityMetric = "cosine" | "dot" | "euclidean";

/** Options of `mostSimilar`. */
export interface MostSimilarOptions {
  /** How many neighbours; 10 when left out, fewer when the table is smaller. */
  readonly k?: number;
  readonly metric?: SimilarityMetric;
  /** Ids that shall not appear. */
  readonly exclude?: readonly number[];
}

/** A row and how near it is. */
export interface Neighbour {
  readonly id: number;
  /** Cosine or dot product, largest first; for `"euclidean"` the distance, smallest first. */
  readonly score: number;
}

/** Rows are scored in blocks, so that the search needs little memory beside the table. */
const blockElements = 1 << 22;
const metrics: readonly SimilarityMetric[] = ["cosine", "dot", "euclidean"];

/**
 * The nearest rows of a table, by exhaustive search.
 *
 * @param table - Where to search.
 * @param query - A row's id, which is left out of the result, or a vector.
 * @param options - `k`, `metric`, `exclude`.
 * @returns At most k neighbours, the best first; a zero vector has the cosine 0 with everything.
 * @throws IndexOutOfRangeError for a bad id; ShapeMismatchError for a vector of another length.
 */
export async function mostSimilar(
  table: EmbeddingTable,
  query: number | ArrayLike<number> | NDArray,
  options: MostSimilarOptions,
): Promise<Neighbour[]> {
  const metric = options.metric ?? "cosine";
  if (!metrics.includes(metric))
    throw new InvalidArgumentError(`\`metric\` must be one of ${metrics.join(", ")}. Received: metric=${describeValue(metric)}.`);
  const k = checkPositiveInteger("k", options.k ?? 10);
  const excluded = new Set(options.exclude);
  if (typeof query === "number") excluded.add(query);
  const vector = await queryVector(table, query);

  const rows = table.inputDim;
  const block = Math.max(1, Math.floor(blockElements / table.outputDim));
  const found: Neighbour[] = [];
  for (let from = 0; from < rows; from += block) {
    const count = Math.min(block, rows - from);
    const wanted = Math.min(count, k + excluded.size);
    const arena = new Arena();
    try {
      const scores = arena.run(() => scoreBlock(table.tensor, vector, from, count, metric).view([1, count]));
      const { backend } = scores;
      const top = await topK(backend, scores, wanted);
      const values = arena.run(() => Tensor.own(backend, top.values, [wanted], "float32"));
      const indices = arena.run(() => Tensor.own(backend, top.indices, [wanted], "int32"));
      const [best, places] = await Promise.all([values.read(), indices.read()]);
      for (let i = 0; i < wanted; i++) found.push({ id: from + places.at(i), score: best.at(i) });
    } finally {
      arena.release();
    }
  }
  return found
    .filter(({ id }) => !excluded.has(id))
    .sort((a, b) => b.score - a.score || a.id - b.id)
    .slice(0, k)
    .map(({ id, score }) => ({ id, score: metric === "euclidean" ? Math.sqrt(Math.max(0, -score)) : score }));
}

async function queryVector(table: EmbeddingTable, query: number | ArrayLike<number> | NDArray): Promise<NDArray> {
  if (typeof query === "number")
    return (await table.lookup([checkIds(query, table.inputDim).data[0] as number])).reshape([table.outputDim]);
  const values = query instanceof NDArray ? query.astype("float32").data : Float32Array.from(query);
  if (values.length !== table.outputDim) {
    throw new ShapeMismatchError(
      `A query vector must have ${table.outputDim} values, like the rows of the table. Received: ${values.length} values.`,
    );
  }
  return new NDArray(values, [values.length]);
}

/** Scores such that larger is nearer; `"euclidean"` gives the negated squared distance. */
function scoreBlock(rows: Tensor, vector: NDArray, from: number, count: number, metric: SimilarityMetric): Tensor {
  const dim = vector.size;
  const block = slice(rows, [from, 0], [count, dim]);
  const query = Tensor.fromHost(vector, rows.backend);
  if (metric === "euclidean") return negative(sum(square(subtract(block, query)), 1));
  const dots = reshape(matmul(block, reshape(query, [dim, 1])), [count]);
  if (metric === "dot") return dots;
  const lengths = multiply(sqrt(sum(square(block), 1)), sqrt(sum(square(query))));
  return divide(dots, maximum(lengths, 1e-30));
}
