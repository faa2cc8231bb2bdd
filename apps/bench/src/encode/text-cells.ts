import { readLines } from "../files/text-lines.ts";
import type { TextInput } from "../files/text-lines.ts";
import type { CellInput, RawCell } from "../ids/cell-input.ts";
import { placeWords } from "../words.ts";

/** A text, whose vector is made of those of its words. */
function readText(text: string, line: number): RawCell {
  const { words, columns } = placeWords(text);
  return { line, tokens: words, columns, label: text };
}

/**
 * The words of a text's lines.
 *
 * @param input - A text a line.
 */
export function lineTexts(input: TextInput): CellInput {
  return {
    name: input.name,
    placeOf: (line, column) => `line ${line}, column ${column}`,
    part: () => input.part(),
    async *cells() {
      let line = 0;
      for await (const lines of readLines(input)) {
        yield lines.map((text, at) => readText(text, line + at + 1));
        line += lines.length;
      }
    },
    close: () => {
      input.stream.destroy();
      return Promise.resolve();
    },
  };
}

/**
 * The words of texts out of the command line.
 *
 * @param texts - What was given.
 */
export function givenTexts(texts: readonly string[]): CellInput {
  return {
    name: "--text",
    total: texts.length,
    placeOf: (line, column) => `text ${line}, column ${column}`,
    part: () => undefined,
    async *cells() {
      yield await Promise.resolve(texts.map((text, at) => readText(text, at + 1)));
    },
    close: () => Promise.resolve(),
  };
}
