import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { Command, Option } from "commander";
import { NpyWriter } from "@rowan/serialize";
import { FileError, InterruptedError, UsageError } from "../failure.ts";
import { formatCount } from "../format.ts";
import { openTable } from "../tables/open-table.ts";
import type { OpenedTable } from "../tables/open-table.ts";
import type { Surroundings } from "../terminal.ts";
import { splitWords } from "../words.ts";

type Mode = "mean" | "sum" | "sqrtn" | "max";

interface EncodeOptions {
  readonly text?: readonly string[];
  readonly input?: string;
  readonly out?: string;
  readonly mode: Mode;
  readonly tensor?: string;
  readonly unknown: "skip" | "throw";
  readonly quiet?: boolean;
}

/** Texts that are encoded together. */
const batchTexts = 1024;

const examples = `
Examples:
  rowan encode vectors.rowan --text "call me ishmael"
  rowan encode vectors.rowan --in sentences.txt --out sentences.npy
  cat sentences.txt | rowan encode vectors.rowan > sentences.jsonl

A line is a text; its vector is the mean of the vectors of its words. Without --out, a line of JSON for each text is printed.`;

/**
 * Makes `rowan encode`.
 *
 * @param surroundings - Where it prints, and what ends it.
 */
export function encodeCommand({ stdout, stderr, signal }: Surroundings): Command {
  return new Command("encode")
    .summary("turn texts into vectors by the words of a table")
    .description("Turn texts into vectors: those of their words, averaged.")
    .argument("<table>", "a checkpoint or a file of another tool, with words")
    .option("--text <text...>", "texts to encode")
    .option("--in <file>", "a file with a text a line; standard input when left out")
    .option("--out <file>", ".npy file to write, float32 of shape (texts, dim)")
    .addOption(new Option("--mode <mode>", "how the vectors of words become one").choices(["mean", "sum", "sqrtn", "max"]).default("mean"))
    .addOption(
      new Option("--unknown <policy>", "what happens to words that the table does not have").choices(["skip", "throw"]).default("skip"),
    )
    .option("--tensor <name>", "which table, where the file holds several")
    .option("--quiet", "print nothing but results and errors")
    .addHelpText("after", examples)
    .action(async (path: string, given: EncodeOptions & { readonly in?: string }) => {
      if (given.text !== undefined && given.in !== undefined) throw new UsageError("--text and --in cannot be used together.");
      const opened = await openTable(path, given.tensor === undefined ? {} : { tensor: given.tensor });
      if (!opened.words) throw new FileError(`${path} must have words. Received: a table without them.`);
      const ids = new Map(opened.words.map((word, id) => [word, id]));
      const encoder = { opened, ids, mode: given.mode, unknown: given.unknown, path };
      const texts = given.text ?? readLines(given.in);
      const missing =
        given.out === undefined ? await print(encoder, texts, { stdout, stderr, signal }) : await write(encoder, texts, given.out, signal);
      if (given.quiet !== true && missing > 0) stderr.write(`${formatCount(missing)} words are not in the table; they were passed over\n`);
    });
}

interface Encoder {
  readonly opened: OpenedTable;
  readonly ids: ReadonlyMap<string, number>;
  readonly mode: Mode;
  readonly unknown: "skip" | "throw";
  readonly path: string;
}

function readLines(path: string | undefined): AsyncIterable<string> {
  return createInterface({ input: path === undefined ? process.stdin : createReadStream(path), crlfDelay: Infinity });
}

/** `[texts, dim]` of a batch, and how many words were not found. */
async function encodeBatch(encoder: Encoder, texts: readonly string[], first: number): Promise<{ data: Float32Array; missing: number }> {
  const found: number[] = [];
  const offsets: number[] = [];
  let missing = 0;
  texts.forEach((text, i) => {
    offsets.push(found.length);
    for (const word of splitWords(text)) {
      const id = encoder.ids.get(word);
      if (id !== undefined) found.push(id);
      else if (encoder.unknown === "skip") missing++;
      else
        throw new FileError(
          `${encoder.path} must have every word. Received: ${JSON.stringify(word)} in text ${first + i + 1}. Pass --unknown skip.`,
        );
    }
  });
  const bags = { ids: Int32Array.from(found), offsets: Int32Array.from(offsets), mode: encoder.mode };
  const rows = await encoder.opened.table.lookupBags(bags);
  return { data: rows.data as Float32Array, missing };
}

async function* batches(texts: Iterable<string> | AsyncIterable<string>): AsyncGenerator<string[]> {
  let batch: string[] = [];
  for await (const text of texts) {
    batch.push(text);
    if (batch.length < batchTexts) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

async function print(encoder: Encoder, texts: Iterable<string> | AsyncIterable<string>, { stdout, signal }: Surroundings): Promise<number> {
  let [missing, done] = [0, 0];
  const dim = encoder.opened.table.outputDim;
  for await (const batch of batches(texts)) {
    if (signal.aborted) throw new InterruptedError();
    const encoded = await encodeBatch(encoder, batch, done);
    missing += encoded.missing;
    batch.forEach((text, i) => {
      stdout.write(`${JSON.stringify({ text, vector: [...encoded.data.subarray(i * dim, (i + 1) * dim)] })}\n`);
    });
    await stdout.flush?.();
    done += batch.length;
  }
  return missing;
}

/** The header of the file says how many rows follow, so the vectors are held until the last text was read. */
async function write(encoder: Encoder, texts: Iterable<string> | AsyncIterable<string>, out: string, signal: AbortSignal): Promise<number> {
  let [missing, done] = [0, 0];
  const parts: Float32Array[] = [];
  for await (const batch of batches(texts)) {
    if (signal.aborted) throw new InterruptedError();
    const encoded = await encodeBatch(encoder, batch, done);
    missing += encoded.missing;
    done += batch.length;
    parts.push(encoded.data);
  }
  const writer = await NpyWriter.create(out, "<f4", [done, encoder.opened.table.outputDim]);
  try {
    for (const part of parts) await writer.write(part);
    await writer.finish();
  } catch (error) {
    await writer.abort();
    throw error;
  }
  return missing;
}
