import { EmbeddingTable, ProgressBar, TextVectorization } from "@rowan/api";
import { createCpuBackend } from "@rowan/backend-cpu";
import { LookupPool } from "@rowan/runtime";
import { loadAddresses } from "../data/texts.ts";

/** What the job did. */
export interface BatchLookup {
  /** Words that were looked up. */
  readonly words: number;
  /** The largest difference between a sum over all rows of a round and what it must be. */
  readonly difference: number;
}

/** So many words are looked up at once. */
const batchWords = 1 << 18;

/**
 * A large batch job: every word of the State of the Union addresses, many times over, by all cores, in constant memory.
 *
 * @param rounds - How often each word is looked up.
 * @param write - Where the progress bar goes.
 */
export async function main(rounds = 1000, write: (text: string) => void = (text) => process.stdout.write(text)): Promise<BatchLookup> {
  const texts = loadAddresses().map(({ text }) => text);
  const vectorization = new TextVectorization();
  vectorization.adapt(texts);
  const ids = Int32Array.from(vectorization.applyRagged(texts).flat());
  const table = EmbeddingTable.create({
    inputDim: vectorization.vocabularySize(),
    outputDim: 16,
    seed: 1,
    backend: await createCpuBackend(),
  });
  await using pool = await LookupPool.create(table);

  const parts = Array.from({ length: Math.ceil(ids.length / batchWords) }, (_, i) => ids.subarray(i * batchWords, (i + 1) * batchWords));
  const start = performance.now();
  const now = (): number => (performance.now() - start) / 1000;
  const dynamic = process.stdout.isTTY;
  const bar = new ProgressBar({ style: "keras3", target: rounds * parts.length, verbose: 1, startSeconds: 0, dynamic, colors: dynamic });
  function* batches(): Generator<Int32Array> {
    for (let round = 0; round < rounds; round++) yield* parts;
  }

  // Something that needs every row: the sum of their first values, which is the same in each round.
  const all = (await table.lookup(ids)).data;
  let expected = 0;
  for (let i = 0; i < all.length; i += 16) expected += all[i] as number;
  let [words, sum, difference, done] = [0, 0, 0, 0];
  for await (const rows of pool.lookupStream(batches(), { reuse: true })) {
    for (let i = 0; i < rows.size; i += 16) sum += rows.data[i] as number;
    words += rows.size / 16;
    done++;
    if (done % parts.length === 0) {
      difference = Math.max(difference, Math.abs(sum - expected));
      sum = 0;
    }
    if (dynamic || done === rounds * parts.length) write(bar.update(done, [["million words a second", words / 1e6 / now()]], now()));
  }
  return { words, difference };
}
