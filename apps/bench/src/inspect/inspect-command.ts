import { Command } from "commander";
import { openCheckpoint } from "@rowan/serialize";
import type { CheckpointMetadata, TensorInfo } from "@rowan/serialize";
import { countOf, formatCount, formatTable } from "../format.ts";
import { isCheckpoint, openTable } from "../tables/open-table.ts";
import type { OpenedTable } from "../tables/open-table.ts";
import type { Surroundings, TextStream } from "../terminal.ts";
import { untilInterrupted } from "../interruption/until-interrupted.ts";
import { describeTable } from "./table-statistics.ts";

interface InspectOptions {
  readonly statistics?: boolean;
  readonly tensor?: string;
  readonly skipBadLines?: boolean;
  readonly json?: boolean;
}

const examples = `
Examples:
  rowan inspect classifier.rowan
  rowan inspect glove.txt --statistics --json`;

/**
 * Makes `rowan inspect`.
 *
 * @param surroundings - Where it prints.
 */
export function inspectCommand({ stdout, signal }: Surroundings): Command {
  return new Command("inspect")
    .summary("list what a checkpoint or a file of vectors holds")
    .description("List what a file holds: tensors, vocabularies and notes of a checkpoint, or the table of another tool.")
    .argument("<file>", "a checkpoint, or vectors of another tool")
    .option("--statistics", "look at every row: lengths, dead rows, the nearest pairs (of a large table, of some thousand rows)")
    .option("--tensor <name>", "the table that statistics are of, where the file holds several")
    .option("--skip-bad-lines", "count lines of a text that cannot be read, and go on")
    .option("--json", "print JSON")
    .addHelpText("after", examples)
    .action(async (file: string, { statistics, tensor, skipBadLines, json }: InspectOptions) => {
      const checkpoint = (await untilInterrupted(isCheckpoint(file), signal)) ? await readContents(file) : undefined;
      const options = { ...(tensor !== undefined && { tensor }), skipBadLines: skipBadLines === true };
      const opened = statistics === true || !checkpoint ? await untilInterrupted(openTable(file, options), signal) : undefined;
      const numbers = statistics === true && opened ? await describeTable(opened.table, signal) : undefined;
      if (json === true) {
        const { table, words, format, badLines } = opened ?? {};
        const shape = table ? { rows: table.inputDim, dim: table.outputDim, words: words?.length ?? null, format, badLines } : {};
        stdout.write(`${JSON.stringify({ file, ...checkpoint, ...shape, statistics: numbers })}\n`);
        return;
      }
      if (checkpoint) printCheckpoint(stdout, checkpoint);
      else if (opened) printTable(stdout, opened);
      if (!numbers) return;
      const { norms, zeroRows, notFinite, nearestPairs, pairRows } = numbers;
      stdout.write(`norms: ${norms.least.toFixed(4)} to ${norms.most.toFixed(4)}, mean ${norms.mean.toFixed(4)}\n`);
      stdout.write(`dead rows, of zeros alone: ${formatCount(zeroRows)}; rows that are not finite: ${formatCount(notFinite)}\n`);
      const name = (id: number): string => opened?.words?.[id] ?? String(id);
      if (nearestPairs.length > 0) {
        stdout.write(
          formatTable([["nearest pair", "", "cosine"], ...nearestPairs.map(({ a, b, cosine }) => [name(a), name(b), cosine.toFixed(4)])]),
        );
        if (pairRows < numbers.rows) {
          const [some, all] = [formatCount(pairRows), formatCount(numbers.rows)];
          stdout.write(`nearest pairs: ${some} of ${all} rows, evenly spread, were each held against all others\n`);
        }
      }
    });
}

interface Contents extends CheckpointMetadata {
  readonly tensors: readonly TensorInfo[];
}

async function readContents(path: string): Promise<Contents> {
  const file = await openCheckpoint(path);
  try {
    return { ...file.metadata, tensors: file.list() };
  } finally {
    await file.close();
  }
}

function printCheckpoint(stdout: TextStream, { kind, tensors, vocabularies, metadata, optimizer, shards }: Contents): void {
  const bytes = tensors.reduce((sum, tensor) => sum + tensor.bytes, 0);
  stdout.write(
    `a ${kind === "tensors" ? "set of tensors" : kind}, ${formatCount(bytes)} bytes in ${countOf(tensors.length, "tensor", "tensors")}\n`,
  );
  stdout.write(
    formatTable([
      ["tensor", "dtype", "shape", "bytes"],
      ...tensors.map(({ name, dtype, shape, bytes: size }) => [name, dtype, `(${shape.join(", ")})`, formatCount(size)]),
    ]),
  );
  if (optimizer) stdout.write(`optimizer: ${optimizer.className}, ${formatCount(optimizer.iterations)} updates\n`);
  if (vocabularies.length > 0) stdout.write(`vocabularies: ${vocabularies.join(", ")}\n`);
  if (shards.length > 0) stdout.write(`shards: ${shards.join(", ")}\n`);
  for (const [key, value] of Object.entries(metadata)) stdout.write(`${key}: ${value}\n`);
}

function printTable(stdout: TextStream, { table, words, format, badLines }: OpenedTable): void {
  stdout.write(
    `${format}: ${countOf(table.inputDim, "row", "rows")} of ${countOf(table.outputDim, "value", "values")}${words ? ", with words" : ""}\n`,
  );
  if (badLines > 0) stdout.write(`bad lines passed over: ${formatCount(badLines)}\n`);
}
