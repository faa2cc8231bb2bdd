import { Initializer, InvalidArgumentError, RandomNormal, describeValue } from "@rowan/api";

/** What words without a vector get. */
export type MissingRows = "zeros" | "mean" | "normal" | "error";

const policies: readonly MissingRows[] = ["zeros", "mean", "normal", "error"];

/**
 * Checks what a caller asked for.
 *
 * @param missing - A word, or an initializer.
 * @returns The same value, typed.
 * @throws InvalidArgumentError for anything else.
 */
export function checkMissing(missing: unknown): MissingRows | Initializer {
  if (missing instanceof Initializer || policies.includes(missing as MissingRows)) return missing as MissingRows | Initializer;
  throw new InvalidArgumentError(
    `\`missing\` must be one of ${policies.join(", ")}, or an initializer such as new RandomUniform(). Received: missing=${describeValue(missing)}.`,
  );
}

/**
 * Fills the rows of words without a vector.
 *
 * @param policy - What they get.
 * @param data - `[words, dim]`: rows that were found are there, the others are zeros.
 * @param dim - The values in a row.
 * @param rows - -1 where a word has no vector.
 * @param stays - Whether a row stays zeros: that of padding.
 * @param seed - The seed of `"normal"`.
 */
export function fillMissing(
  policy: MissingRows | Initializer,
  data: Float32Array,
  dim: number,
  rows: Int32Array,
  stays: (row: number) => boolean,
  seed: number,
): void {
  const empty = [...rows.keys()].filter((row) => rows[row] === -1 && !stays(row));
  if (policy === "zeros" || policy === "error" || empty.length === 0) return;
  if (policy instanceof Initializer) {
    const drawn = policy.resolveSeed();
    for (const row of empty) policy.fill(data.subarray(row * dim, (row + 1) * dim), row * dim, [rows.length, dim], drawn);
    return;
  }
  const { mean, deviation } = columnsOf(data, dim, rows);
  const normal = new RandomNormal({ mean: 0, stddev: 1, seed });
  for (const row of empty) {
    const values = data.subarray(row * dim, (row + 1) * dim);
    if (policy === "mean") values.set(mean);
    else {
      normal.fill(values, row * dim, [rows.length, dim], seed);
      for (let i = 0; i < dim; i++) values[i] = (mean[i] as number) + (deviation[i] as number) * (values[i] as number);
    }
  }
}

/** Mean and standard deviation of each column over the rows that were found. */
function columnsOf(data: Float32Array, dim: number, rows: Int32Array): { readonly mean: Float64Array; readonly deviation: Float64Array } {
  const mean = new Float64Array(dim);
  const deviation = new Float64Array(dim);
  let count = 0;
  const each = (visit: (column: number, value: number) => void): void => {
    for (const [row, source] of rows.entries()) {
      if (source < 0) continue;
      for (let i = 0; i < dim; i++) visit(i, data[row * dim + i] as number);
    }
  };
  for (const source of rows) if (source >= 0) count++;
  if (count === 0) return { mean, deviation };
  each((i, value) => (mean[i] = (mean[i] as number) + value / count));
  each((i, value) => (deviation[i] = (deviation[i] as number) + (value - (mean[i] as number)) ** 2 / count));
  return { mean, deviation: deviation.map(Math.sqrt) };
}
