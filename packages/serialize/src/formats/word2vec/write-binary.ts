import type { RowSource } from "@rowan/api";
import type { ByteSink } from "../../io/byte-sink.ts";
import { littleEndian } from "../../io/little-endian.ts";
import { rowBlocks } from "../table/row-blocks.ts";

const encoder = new TextEncoder();

/**
 * Writes word2vec's binary vectors as gensim does, without line ends behind them; the C program reads them too.
 *
 * @param sink - Where they go.
 * @param table - The rows.
 * @param words - One word a row, without blanks and line ends.
 */
export async function writeBinary(sink: ByteSink, table: RowSource, words: readonly string[]): Promise<void> {
  const { inputDim, outputDim } = table;
  await sink.write(encoder.encode(`${inputDim} ${outputDim}\n`));
  const vectorBytes = 4 * outputDim;
  for await (const { from, count, values } of rowBlocks(table)) {
    const bytes = littleEndian.bytesOf(values);
    const names = words.slice(from, from + count).map((word) => encoder.encode(`${word} `));
    const buffer = new Uint8Array(count * vectorBytes + names.reduce((length, name) => length + name.length, 0));
    let at = 0;
    for (const [row, name] of names.entries()) {
      buffer.set(name, at);
      buffer.set(bytes.subarray(row * vectorBytes, (row + 1) * vectorBytes), at + name.length);
      at += name.length + vectorBytes;
    }
    await sink.write(buffer);
  }
}
