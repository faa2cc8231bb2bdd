import { Command, Option } from "commander";
import { IndexOutOfRangeError } from "@rowan/api";
import type { SimilarityMetric } from "@rowan/api";
import { parseCount, parseId } from "../arguments.ts";
import { UsageError } from "../failure.ts";
import { formatTable } from "../format.ts";
import { findWord, openTable } from "../tables/open-table.ts";
import type { Surroundings } from "../terminal.ts";
import { untilInterrupted } from "../interruption/until-interrupted.ts";

interface NeighboursOptions {
  readonly word?: string;
  readonly id?: number;
  readonly k: number;
  readonly metric: SimilarityMetric;
  readonly tensor?: string;
  readonly json?: boolean;
}

const examples = `
Examples:
  rowan neighbours vectors.rowan --word whale
  rowan neighbours glove.txt --word ship -k 5 --metric dot --json`;

/**
 * Makes `rowan neighbours`.
 *
 * @param surroundings - Where it prints.
 */
export function neighboursCommand({ stdout, signal }: Surroundings): Command {
  return new Command("neighbours")
    .summary("find the rows nearest to a word or an id")
    .description("Find the rows of a table that are nearest to one of them.")
    .argument("<file>", "a checkpoint, or vectors of another tool")
    .option("--word <word>", "the word whose neighbours are wanted")
    .option("--id <id>", "the row whose neighbours are wanted", parseId)
    .option("-k <count>", "how many", parseCount, 10)
    .addOption(new Option("--metric <metric>", "what near means").choices(["cosine", "dot", "euclidean"]).default("cosine"))
    .option("--tensor <name>", "which table, where the file holds several")
    .option("--json", "print JSON")
    .addHelpText("after", examples)
    .action(async (file: string, { word, id, k, metric, tensor, json }: NeighboursOptions) => {
      if ((word === undefined) === (id === undefined)) throw new UsageError("one of --word and --id is needed.");
      const { table, words } = await untilInterrupted(openTable(file, tensor === undefined ? {} : { tensor }), signal);
      const query = id ?? findWord(words, word as string, file);
      if (query >= table.inputDim) {
        throw new IndexOutOfRangeError(
          `--id must be a row of ${file}, which has rows 0 to ${table.inputDim - 1}. Received: --id ${query}.`,
        );
      }
      const found = (await untilInterrupted(table.mostSimilar(query, { k, metric }), signal)).map((near) => ({
        ...near,
        word: words?.[near.id],
      }));
      if (json === true) stdout.write(`${JSON.stringify({ query: { id: query, word: words?.[query] }, metric, neighbours: found })}\n`);
      else
        stdout.write(
          formatTable([["word", "id", metric], ...found.map((near) => [near.word ?? "", String(near.id), near.score.toFixed(4)])]),
        );
    });
}
