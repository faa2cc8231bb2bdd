import { parse } from "csv-parse";
import { FileError, InterruptedError } from "../failure.ts";
import { openText, readLines } from "../files/text-lines.ts";
import type { TextInput } from "../files/text-lines.ts";
import { refuseTwice } from "../ids/columns.ts";

/** Texts with their labels. */
export interface Examples {
  readonly texts: string[];
  readonly labels: string[];
  /** Lines that were passed over. */
  readonly badLines: number;
}

/**
 * Reads texts and labels from a `.csv` or `.tsv` file with a head, or from a `.jsonl` file with an object a line.
 *
 * @param path - The file; its ending says which it is. `-` is standard input, a `.csv`.
 * @param column - Where the texts are.
 * @param label - Where the labels are.
 * @param skipBadLines - Whether lines that cannot be read are counted and passed over.
 * @param signal - Ends it.
 * @throws FileError naming file, line and what was expected.
 */
export async function readExamples(
  path: string,
  column: string,
  label: string,
  skipBadLines: boolean,
  signal: AbortSignal,
): Promise<Examples> {
  const examples = { texts: [] as string[], labels: [] as string[], badLines: 0 };
  const fail = (line: number, text: string): void => {
    if (!skipBadLines)
      throw new FileError(
        `${path === "-" ? "standard input" : path}, line ${line}: ${text} Pass --skip-bad-lines to go on without such lines.`,
      );
    examples.badLines++;
  };
  const take = (record: Readonly<Record<string, unknown>>, line: number): void => {
    if (signal.aborted) throw new InterruptedError();
    const [text, answer] = [record[column], record[label]];
    if (typeof text !== "string" || (typeof answer !== "string" && typeof answer !== "number" && typeof answer !== "boolean")) {
      const missing = typeof text === "string" ? label : column;
      fail(line, `there must be a ${JSON.stringify(missing)}. Received: ${Object.keys(record).join(", ") || "nothing"}.`);
      return;
    }
    examples.texts.push(text);
    examples.labels.push(String(answer));
  };
  const text = await openText(path, signal);
  if (/\.(jsonl|ndjson)$/i.test(path)) await readJsonLines(text, take, fail);
  else await readCsv(text, [column, label], take, fail);
  if (examples.texts.length === 0) throw new FileError(`${path} must have texts with labels. Received: none.`);
  return examples;
}

type Take = (record: Readonly<Record<string, unknown>>, line: number) => void;
type Fail = (line: number, text: string) => void;

async function readJsonLines(text: TextInput, take: Take, fail: Fail): Promise<void> {
  let number = 0;
  for await (const lines of readLines(text)) {
    for (const line of lines) {
      number++;
      if (line.trim() === "") continue;
      let record: unknown;
      try {
        record = JSON.parse(line);
      } catch {
        fail(number, "it must be a JSON object. Received: something else.");
        continue;
      }
      if (typeof record === "object" && record !== null) take(record as Record<string, unknown>, number);
      else fail(number, "it must be a JSON object. Received: another value.");
    }
  }
}

async function readCsv({ stream, name }: TextInput, wanted: readonly string[], take: Take, fail: Fail): Promise<void> {
  const delimiter = /\.tsv$/i.test(name) ? "\t" : ",";
  const readHead = (head: string[]): string[] => {
    const missing = wanted.filter((column) => !head.includes(column));
    if (missing.length === 0) {
      for (const column of wanted) refuseTwice(name, head, column);
      return head;
    }
    throw new FileError(
      `${name} must have the columns ${wanted.join(" and ")}. Received: ${head.join(", ")}. Name the ones of texts and of labels with --column and --label.`,
    );
  };
  const parser = parse({ columns: readHead, bom: true, info: true, skip_records_with_error: true, skip_empty_lines: true, delimiter });
  parser.on("skip", (error: { readonly lines?: number; readonly message: string }) => {
    try {
      fail(error.lines ?? 0, `${error.message}.`);
    } catch (fault) {
      parser.destroy(fault as Error);
    }
  });
  stream.on("error", (error) => parser.destroy(error));
  stream.pipe(parser);
  for await (const item of parser) {
    const { record, info } = item as { record: Record<string, string>; info: { lines: number } };
    take(record, info.lines);
  }
}
