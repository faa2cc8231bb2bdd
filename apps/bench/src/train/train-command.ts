import { Command, Option } from "commander";
import { parseCount, parseId, parseNumber, parseThreads } from "../arguments.ts";
import { UsageError } from "../failure.ts";
import { checkOut } from "../files/check-out.ts";
import { claimOut } from "../files/claim-out.ts";
import { checkCurvePath } from "../plot/curve.ts";
import type { Surroundings } from "../terminal.ts";
import { trainClassifier } from "./train-classifier.ts";
import type { ClassifierOptions } from "./train-classifier.ts";
import { trainVectors } from "./train-vectors.ts";
import type { VectorOptions } from "./train-vectors.ts";

const examples = `
Examples:
  rowan train --text corpus.txt --objective skipgram --threads 2 --out vectors.rowan
  rowan train --text reviews.csv --column review --label sentiment --out classifier.rowan --curve curve.json

Word vectors (--objective) are trained on a plain text, in which a line is a sentence; the defaults are those of gensim's Word2Vec. One thread
gives the same bits for a seed; several write the same vectors without waiting for one another and are not repeatable.
A classifier (--label) is trained on the columns of a .csv file or the fields of a .jsonl file: it ends
when no epoch of two was better, and the best one is written.`;

/**
 * Makes `rowan train`.
 *
 * @param surroundings - Where it prints, and what ends it.
 */
export function trainCommand(surroundings: Surroundings): Command {
  return new Command("train")
    .summary("train word vectors or a text classifier from a file")
    .description("Train word vectors on a text, or a text classifier on texts with labels.")
    .requiredOption("--text <file>", "the text; or .csv or .jsonl with texts and labels; - is standard input")
    .requiredOption("--out <file>", "the checkpoint to write")
    .addOption(new Option("--objective <objective>", "word vectors: what is predicted from what").choices(["skipgram", "cbow"]))
    .option("--vector-size <values>", "the length of a vector (word vectors: 100, classifier: 32)", parseCount)
    .option("--epochs <count>", "how often the text is gone through (word vectors: 5, classifier: at most 20)", parseCount)
    .option("--learning-rate <rate>", "the learning rate (word vectors: 0.025, falling; classifier: 0.01)", parseNumber)
    .option("--seed <seed>", "the same seed gives the same result, with one thread", parseId, 1)
    .option("--window <words>", "word vectors: the most words on either side", parseCount, 5)
    .option("--min-count <count>", "word vectors: rarer words are left out", parseCount, 5)
    .option("--negative <count>", "word vectors: words of noise", parseCount, 5)
    .option("--sample <share>", "word vectors: thins words out that are more frequent", parseNumber, 1e-3)
    .option("--threads <count>", "word vectors: worker threads", parseThreads, 1)
    .option("--resume", "go on where an interrupted training stopped: behind its last whole epoch, which is kept in <out>.state")
    .option("--column <name>", "classifier: the column of the texts", "text")
    .option("--label <name>", "classifier: the column of the labels")
    .option("--max-words <count>", "classifier: the most words of the vocabulary", parseCount, 20_000)
    .option("--validation <share>", "classifier: the share that is kept for validation", parseNumber, 0.2)
    .option("--skip-bad-lines", "classifier: count lines that cannot be read, and go on")
    .option("--curve <file>", "write the losses: as .json for rowan plot, or as an .svg, .html or .png picture")
    .option("--json", "print the summary as JSON")
    .option("--quiet", "print nothing but errors")
    .addHelpText("after", examples)
    .action(async (options: VectorOptions & ClassifierOptions & { readonly objective?: string; readonly label?: string }) => {
      if ((options.objective === undefined) === (options.label === undefined)) {
        throw new UsageError("one of --objective (word vectors) and --label (a classifier) is needed.");
      }
      if (options.curve !== undefined) checkCurvePath(options.curve);
      // Found out at the end, it would have cost the whole training.
      for (const path of [options.out, ...(options.curve === undefined ? [] : [options.curve])]) await checkOut(path);
      // What a training keeps beside its output is one run's.
      const giveBack = await claimOut(options.out);
      try {
        await (options.label === undefined ? trainVectors(options, surroundings) : trainClassifier(options, surroundings));
      } finally {
        await giveBack();
      }
    });
}
