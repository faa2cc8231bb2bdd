import { countOf } from "../format.ts";
import { FileError } from "../failure.ts";
import { readLines } from "../files/text-lines.ts";
import type { TextInput } from "../files/text-lines.ts";
import { BadCell, parseJson, splitTokens } from "./cell-reader.ts";
import { usualColumns } from "./cell-input.ts";
import type { CellInput, ColumnChoice, RawCell } from "./cell-input.ts";

/** How the lines of a text are read. */
export interface LineRules extends ColumnChoice {
  /** Several ids make a vector. */
  readonly isBag: boolean;
  /** Lines hold words. */
  readonly byWord: boolean;
  /** Every line is JSON; else only those that begin as JSON does. */
  readonly isJson: boolean;
}

/**
 * Ids of lines: `3`, `3 4 5`, `3,4,5`, or JSON: a number, a word, an array of them, or an object with them.
 *
 * @param text - The lines.
 * @param rules - How they are read.
 * @param weights - A text with the weights, line by line; undefined where there are none, or the lines have them.
 */
export function lineCells(text: TextInput, rules: LineRules, weights?: TextInput): CellInput {
  return {
    name: text.name,
    placeOf: (line, column) => `line ${line}, column ${column}`,
    part: () => text.part(),
    cells: () => readCells(text, rules, weights),
    close: () => {
      text.stream.destroy();
      weights?.stream.destroy();
      return Promise.resolve();
    },
  };
}

async function* readCells(text: TextInput, rules: LineRules, weights: TextInput | undefined): AsyncGenerator<RawCell[]> {
  const others = weights && new LineQueue(weights);
  let line = 0;
  for await (const lines of readLines(text)) {
    const cells: RawCell[] = [];
    for (const content of lines) {
      line++;
      const factors = await others?.next();
      if (weights && factors === undefined) {
        throw new FileError(
          `${weights.name} must have a line for each line of ${text.name}. Received: ${countOf(line - 1, "line", "lines")}, and more of these.`,
        );
      }
      // Texts end with an empty line, often; where lines are bags it is one of no ids.
      if (content.trim() === "" && (!rules.isBag || rules.isJson)) continue;
      cells.push(readCell(content, line, rules, factors));
    }
    yield cells;
  }
  if (weights && (await others?.next())?.trim()) {
    throw new FileError(`${weights.name} must have a line for each line of ${text.name}, ${line} of them. Received: more.`);
  }
}

function readCell(content: string, line: number, rules: LineRules, factors: string | undefined): RawCell {
  try {
    const cell = parseLine(content, rules);
    return {
      line,
      ...cell,
      ...(factors !== undefined && { weights: parseLine(factors, { ...rules, isBag: true, byWord: false }).tokens }),
    };
  } catch (error) {
    if (error instanceof BadCell) return { line, tokens: [], columns: [], fault: error };
    throw error;
  }
}

type LineContent = Pick<RawCell, "tokens" | "columns" | "weights">;

function parseLine(content: string, rules: LineRules): LineContent {
  const begin = content.search(/\S/);
  if (rules.isJson || content[begin] === "[" || content[begin] === '"' || content[begin] === "{") return takeJson(content, rules);
  // A word may have blanks where the line is one word.
  if (rules.byWord && !rules.isBag) return { tokens: [content.trim()], columns: [begin + 1] };
  return splitTokens(content);
}

function takeJson(content: string, rules: LineRules): LineContent {
  const what = rules.byWord ? "a word or an array of words" : "an integer or an array of integers";
  const value = parseJson(content, `JSON: ${what}`);
  const first = content.search(/\S/) + 1;
  if (typeof value !== "object" || value === null) return listTokens(value, first, rules);
  if (Array.isArray(value)) return listTokens(value, first, rules);
  const record = value as Readonly<Record<string, unknown>>;
  const column = rules.column ?? usualColumns.find((name) => Object.hasOwn(record, name));
  const place = (name: string): number => content.indexOf(JSON.stringify(name)) + 1 || first;
  if (column === undefined || record[column] === undefined) {
    const names = Object.keys(record).slice(0, 8).join(", ");
    const remedy = rules.column === undefined ? "Name what holds the ids with --column." : "";
    throw new BadCell(first, `an object with ${JSON.stringify(rules.column ?? "ids")}`, `one with ${names || "nothing"}`, remedy);
  }
  const cell = listTokens(record[column], place(column), rules);
  if (rules.weights === undefined) return cell;
  if (record[rules.weights] === undefined) throw new BadCell(first, `an object with ${JSON.stringify(rules.weights)}`, "one without");
  return { ...cell, weights: listTokens(record[rules.weights], place(rules.weights), rules).tokens };
}

/** Where the items of an array stand is not known any more: they are told by the place where the array begins. */
function listTokens(value: unknown, column: number, { isBag, byWord }: LineRules): LineContent {
  if (Array.isArray(value)) return { tokens: value, columns: value.map(() => column) };
  // A text of several words or ids inside of an object.
  if (typeof value === "string" && isBag && !(byWord && value === "")) {
    const { tokens } = splitTokens(value);
    return { tokens, columns: tokens.map(() => column) };
  }
  return { tokens: [value], columns: [column] };
}

/** Lines one by one. */
class LineQueue {
  readonly #lines: AsyncGenerator<string[]>;
  #ready: string[] = [];
  #at = 0;

  constructor(text: TextInput) {
    this.#lines = readLines(text);
  }

  /** The next line; undefined at the end. */
  async next(): Promise<string | undefined> {
    while (this.#at === this.#ready.length) {
      const more: IteratorResult<string[], unknown> = await this.#lines.next();
      if (more.done === true) return undefined;
      [this.#ready, this.#at] = [more.value, 0];
    }
    return this.#ready[this.#at++];
  }
}
