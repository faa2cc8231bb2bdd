import type { RowSource } from "@rowan/api";

/** Rows are read in blocks of about this many values: 1 MiB. */
const blockValues = 1 << 18;

/**
 * The rows of a table in order, a block at a time.
 *
 * @param table - A table, a quantized one too, or anything that serves rows.
 * @yields Float32 values of whole rows, and the number of the first of them. Valid until the next block is asked for.
 */
export async function* rowBlocks(
  table: RowSource,
): AsyncGenerator<{ readonly from: number; readonly count: number; readonly values: Float32Array }> {
  const { inputDim, outputDim } = table;
  const step = Math.max(1, Math.min(inputDim, Math.floor(blockValues / outputDim)));
  const out = new Float32Array(step * outputDim);
  for (let from = 0; from < inputDim; from += step) {
    const count = Math.min(step, inputDim - from);
    const ids = Int32Array.from({ length: count }, (_, i) => from + i);
    const values = out.subarray(0, count * outputDim);
    await table.lookup(ids, { out: values });
    yield { from, count, values };
  }
}
