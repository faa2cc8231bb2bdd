import type { RowSource } from "@rowan/api";
import { longestFloat, writeFloat } from "../floats/format-float.ts";
import type { ByteSink } from "../../io/byte-sink.ts";
import { rowBlocks } from "../table/row-blocks.ts";

const encoder = new TextEncoder();

/**
 * Writes vectors in text, a word and its numbers a line. Each number is the shortest decimal that reads back as the same float32.
 *
 * @param sink - Where it goes.
 * @param table - The rows.
 * @param words - One word a row, without blanks and line ends.
 * @param header - Begin with a line of the number of rows and columns, as word2vec and fastText do and GloVe does not.
 */
export async function writeText(sink: ByteSink, table: RowSource, words: readonly string[], header: boolean): Promise<void> {
  const { inputDim, outputDim } = table;
  if (header) await sink.write(encoder.encode(`${inputDim} ${outputDim}\n`));
  let buffer = new Uint8Array(0);
  for await (const { from, count, values } of rowBlocks(table)) {
    let at = 0;
    for (let row = 0; row < count; row++) {
      const word = words[from + row] as string;
      const needed = 3 * word.length + outputDim * (longestFloat + 1) + 1;
      if (buffer.length - at < needed) {
        if (at > 0) await sink.write(buffer.subarray(0, at));
        at = 0;
        if (buffer.length < needed) buffer = new Uint8Array(Math.max(1 << 18, needed));
      }
      at += encoder.encodeInto(word, buffer.subarray(at)).written;
      for (let i = row * outputDim; i < (row + 1) * outputDim; i++) {
        buffer[at] = 32;
        at = writeFloat(values[i] as number, buffer, at + 1);
      }
      buffer[at++] = 10;
    }
    if (at > 0) await sink.write(buffer.subarray(0, at));
  }
}
