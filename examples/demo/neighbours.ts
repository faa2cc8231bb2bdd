import type { EmbeddingTable, TextVectorization } from "@rowan/api";
import { head, say } from "./say.ts";

/**
 * Prints the nearest neighbours of a few words.
 *
 * @param words - The vocabulary of the table.
 * @param table - The trained rows.
 * @returns For each word its neighbours, the nearest first.
 */
export async function runNeighbours(words: TextVectorization, table: EmbeddingTable): Promise<Record<string, readonly string[]>> {
  head("e", "Nearest neighbours in the trained table");
  say("It was trained to tell two kinds of text apart, so near means: says the same thing, as strongly, about where a passage is from.");
  const vocabulary = words.getVocabulary();
  const found: Record<string, readonly string[]> = {};
  for (const word of ["whale", "captain", "ship", "congress", "treasury", "peace"]) {
    const near = await table.mostSimilar(vocabulary.indexOf(word), { k: 6, metric: "euclidean", exclude: [0, 1] });
    found[word] = near.map(({ id }) => vocabulary[id] ?? "");
    say(`  ${word.padEnd(9)} ${near.map(({ id, score }) => `${vocabulary[id] ?? ""} ${score.toFixed(2)}`).join(", ")}`);
  }
  return found;
}
