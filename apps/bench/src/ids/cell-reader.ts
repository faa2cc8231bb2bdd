import { countOf } from "../format.ts";

/** What is done with a word that the table does not have. */
export type UnknownPolicy = "throw" | "zero" | "unk";

/** How what stands in an input becomes ids. */
export interface CellRules {
  /** Rows by word; ids are read where it is undefined. */
  readonly words: ReadonlyMap<string, number> | undefined;
  readonly unknown: UnknownPolicy;
  /** The row of unknown words under `"unk"`. */
  readonly unkId: number | undefined;
  /** Several ids make a vector. */
  readonly isBag: boolean;
  /** What else an error about an unknown word advises: `"Pass --unknown zero."` */
  readonly unknownRemedy: string;
}

/** What one vector is made of. */
export interface Cell {
  readonly ids: readonly (number | bigint)[];
  /** For each id where it stands: a column of the line, or its number in the list. */
  readonly columns: readonly number[];
  readonly weights?: readonly number[];
}

/** Something in an input that is not what it must be. */
export class BadCell extends Error {
  override readonly name = "BadCell";
  /** Where in its line, from 1. */
  readonly column: number;

  /**
   * @param column - Where in its line, from 1.
   * @param expected - What must stand there: `"an integer"`.
   * @param received - What does.
   * @param remedy - What else would help.
   */
  constructor(column: number, expected: string, received: string, remedy = "") {
    super(`there must be ${expected}. Received: ${received}.${remedy === "" ? "" : ` ${remedy}`}`);
    this.column = column;
  }
}

/** Something that may be an id or a word. */
export type Token = unknown;

/** Turns tokens into ids. */
export class CellReader {
  readonly rules: CellRules;
  /** Words so far that the table does not have. */
  unknownWords = 0;

  /** @param rules - How. */
  constructor(rules: CellRules) {
    this.rules = rules;
  }

  /**
   * The ids of a vector.
   *
   * @param tokens - Texts, numbers or big integers.
   * @param columns - Where each of them stands.
   * @param weights - Their factors.
   * @throws BadCell for what is none, for several where one is wanted, and where weights and ids differ in number.
   */
  read(tokens: readonly Token[], columns: readonly number[], weights?: readonly Token[]): Cell {
    const { isBag, words } = this.rules;
    if (!isBag && tokens.length !== 1) {
      // What is no id at all is told first.
      if (!words && tokens.length > 0) integerOf(tokens[0], columns[0] ?? 1);
      throw new BadCell(
        columns[1] ?? 1,
        words ? "one word" : "one integer",
        tokens.length === 0 ? "none" : `${tokens.length}`,
        "Pass --mode mean to make several one vector.",
      );
    }
    if (weights && weights.length !== tokens.length) {
      throw new BadCell(
        columns[0] ?? 1,
        "a weight for each id",
        `${countOf(weights.length, "weight", "weights")} for ${countOf(tokens.length, "id", "ids")}`,
      );
    }
    const cell = { ids: [] as (number | bigint)[], columns: [] as number[], weights: [] as number[] };
    tokens.forEach((token, i) => {
      const id = words ? this.#wordId(words, token, columns[i] ?? 1) : integerOf(token, columns[i] ?? 1);
      if (id === undefined) return;
      cell.ids.push(id);
      cell.columns.push(columns[i] ?? 1);
      if (weights) cell.weights.push(numberOf(weights[i], columns[i] ?? 1));
    });
    return weights ? cell : { ids: cell.ids, columns: cell.columns };
  }

  #wordId(words: ReadonlyMap<string, number>, token: Token, column: number): number | undefined {
    if (typeof token !== "string") throw new BadCell(column, "a word", describeToken(token));
    const id = words.get(token);
    if (id !== undefined) return id;
    const { unknown, unkId, isBag, unknownRemedy } = this.rules;
    if (unknown === "throw") {
      throw new BadCell(column, "a word of the table", JSON.stringify(token), unknownRemedy);
    }
    this.unknownWords++;
    if (unknown === "unk") return unkId;
    // In a bag it takes no part; alone it is an id that no table has, which gets zeros.
    return isBag ? undefined : -1;
  }
}

/** What a number cannot hold digit by digit stays a bigint, so that a message says what stood there. */
function integerOf(token: Token, column: number): number | bigint {
  if (typeof token === "number" && Number.isInteger(token)) return token;
  if (typeof token === "bigint" || (typeof token === "string" && /^[+-]?\d+$/.test(token))) {
    const value = Number(token);
    return Number.isSafeInteger(value) ? value : BigInt(token);
  }
  throw new BadCell(column, "an integer", describeToken(token));
}

function numberOf(token: Token, column: number): number {
  const value = typeof token === "string" && token.trim() !== "" ? Number(token) : token;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw new BadCell(column, "a number as weight", describeToken(token));
}

function describeToken(token: Token): string {
  if (token === undefined) return "nothing";
  const text = typeof token === "bigint" ? String(token) : (JSON.stringify(token) as string | undefined);
  if (text === undefined) return typeof token;
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/**
 * The parts of a text, apart by blanks, commas or semicolons, and where each begins.
 *
 * @param text - `3`, `3 4 5`, `3,4,5`.
 * @param from - The column of its first character.
 */
export function splitTokens(text: string, from = 1): { tokens: string[]; columns: number[] } {
  const tokens: string[] = [];
  const columns: number[] = [];
  for (const { 0: token, index } of text.matchAll(/[^\s,;]+/g)) {
    tokens.push(token);
    columns.push(from + index);
  }
  return { tokens, columns };
}

/**
 * A line of JSON.
 *
 * @param text - The line.
 * @param what - What must stand there, for the message.
 * @throws BadCell naming the column where it is no JSON.
 */
export function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new BadCell(faultOf(text, (error as Error).message), what, describeToken(text.trim()));
  }
}

/** Some of V8's messages name the place, others the letter: then it is the first such letter up to which the text is wrong. */
function faultOf(text: string, message: string): number {
  const place = /at position (\d+)/.exec(message)?.[1];
  if (place !== undefined) return Number(place) + 1;
  const letter = /^Unexpected token '(.+?)'/u.exec(message)?.[1];
  if (letter === undefined) return text.length + 1;
  for (let at = text.indexOf(letter); at >= 0; at = text.indexOf(letter, at + 1)) {
    try {
      JSON.parse(text.slice(0, at + letter.length));
    } catch (error) {
      if ((error as Error).message.startsWith("Unexpected token")) return at + 1;
    }
  }
  return 1;
}
