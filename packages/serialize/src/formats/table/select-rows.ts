import { FormatError } from "@rowan/api";
import type { EmbeddingTable } from "@rowan/api";
import { TableBuilder } from "./table-builder.ts";
import type { TableTarget } from "./table-builder.ts";

/** Rows are looked up so many at a time. */
const step = 1024;

/**
 * A smaller table, of the rows of some words.
 *
 * @param table - Where the rows are; it stays as it is.
 * @param vocabulary - The words of its rows.
 * @param options - The wanted words, and where the new table goes.
 * @returns The table of those that are there, in the order of the rows, and their words.
 * @throws FormatError where none of them is there, or the rows have no words.
 */
export async function selectRows(
  table: EmbeddingTable,
  vocabulary: readonly string[] | undefined,
  options: TableTarget & { readonly words?: ReadonlySet<string> },
): Promise<{ readonly table: EmbeddingTable; readonly words: readonly string[] }> {
  const seen = new Set<string>();
  const ids: number[] = [];
  for (const [id, word] of (vocabulary ?? []).slice(0, table.inputDim).entries()) {
    if (options.words?.has(word) !== true || seen.has(word)) continue;
    seen.add(word);
    ids.push(id);
  }
  if (ids.length === 0) {
    throw new FormatError(
      `The file must hold at least one row of the words that are asked for. Received: ${vocabulary ? "none of them" : "rows without words"}. Leave \`words\` out.`,
    );
  }
  const builder = new TableBuilder(table.outputDim, options, ids.length);
  for (let from = 0; from < ids.length; from += step) {
    const { data } = await table.lookup(ids.slice(from, from + step));
    for (let at = 0; at < data.length; at += table.outputDim) {
      builder.piece.set(data.subarray(at, at + table.outputDim), builder.offset);
      builder.commit();
    }
  }
  return { table: builder.finish(), words: [...seen] };
}
