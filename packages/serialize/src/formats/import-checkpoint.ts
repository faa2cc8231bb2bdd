import { CheckpointFile } from "../checkpoint/checkpoint-file.ts";
import { openReader } from "../checkpoint/open.ts";
import type { Source } from "../io/open-source.ts";
import type { ArrayOptions, ArrayTable } from "./import-arrays.ts";
import { chooseTensor } from "./safetensors/read-tensor.ts";
import { rowBlocks } from "./table/row-blocks.ts";
import { TableBuilder } from "./table/table-builder.ts";

/**
 * Reads a table from a Rowan checkpoint, with the one vocabulary that it may hold. Quantized rows become floats; `loadCheckpoint` keeps
 * them.
 *
 * @param source - The checkpoint.
 * @param options - What to keep.
 * @returns The table.
 * @throws CheckpointFormatError where it is damaged; FormatError where it holds no such table.
 */
export async function importCheckpoint(source: Source, options: ArrayOptions): Promise<ArrayTable> {
  const reader = await openReader(source, false, options.maxExpansion === undefined ? {} : { maxExpansion: options.maxExpansion });
  const file = new CheckpointFile(reader);
  try {
    const { table, vocabularies } = file.metadata;
    const tensors = file.list();
    const name = chooseTensor(
      new Map(tensors.map((tensor) => [tensor.name, tensor.shape.length])),
      options.tensor ?? table,
      "The checkpoint",
    );
    const rows = file.rows(name);
    const [words] = vocabularies.length === 1 ? vocabularies : [];
    const list = words === undefined ? undefined : await file.readVocabulary(words);
    const count = Math.min(rows.inputDim, options.limit ?? Infinity);
    const builder = new TableBuilder(rows.outputDim, options, (await reader.isProven()) ? count : undefined);
    try {
      for await (const { values } of rowBlocks({
        inputDim: count,
        outputDim: rows.outputDim,
        lookup: (ids, given) => rows.lookup(ids, given),
      })) {
        for (let at = 0; at < values.length; at += rows.outputDim) {
          builder.piece.set(values.subarray(at, at + rows.outputDim), builder.offset);
          builder.commit();
        }
      }
      return {
        table: builder.finish(),
        // A model's vocabulary may be of other words than those of the table.
        vocabulary: list?.length === rows.inputDim ? list : undefined,
        stored: tensors.find((tensor) => tensor.name === name)?.dtype ?? "float32",
        promised: rows.inputDim,
      };
    } catch (error) {
      builder.abort();
      throw error;
    }
  } finally {
    await file.close();
  }
}
