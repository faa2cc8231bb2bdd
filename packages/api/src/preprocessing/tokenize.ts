import { InvalidArgumentError, ShapeMismatchError, describeValue } from "../errors.ts";
import type { TextSettings } from "./options.ts";
import { joinNeighbours, splitters } from "./split.ts";
import { standardizers } from "./standardize.ts";

/** One text; as a list it is `[text]`, or its tokens where `split` is null. */
export type Text = string | readonly string[];

/** From one text to its tokens. */
export type Tokenizer = (text: Text) => readonly string[];

function checkText(text: unknown): asserts text is Text {
  if (typeof text === "string" || (Array.isArray(text) && text.every((part) => typeof part === "string"))) return;
  throw new InvalidArgumentError(
    `Texts must be strings. Received: text=${describeValue(text)} (of type ${typeof text}). Convert it first, for example with String(text).`,
  );
}

function checkTokens(tokens: unknown): readonly string[] {
  if (Array.isArray(tokens) && tokens.every((token) => typeof token === "string")) return tokens;
  throw new InvalidArgumentError(`A function \`split\` must return a list of strings. Received: ${describeValue(tokens)}.`);
}

/**
 * Puts the steps of the settings together: make uniform, split, join neighbours.
 *
 * @param settings - Which steps.
 * @returns A function from a text to its tokens; it throws InvalidArgumentError for what is no text, and ShapeMismatchError for
 *   a list of several texts where one is expected.
 */
export function createTokenizer(settings: TextSettings): Tokenizer {
  const { split, ngrams } = settings;
  const standardize =
    typeof settings.standardize === "string" ? standardizers[settings.standardize] : (settings.standardize ?? ((text: string) => text));
  const splitter = typeof split === "function" ? (text: string) => checkTokens(split(text)) : split === null ? undefined : splitters[split];
  const widths = typeof ngrams === "number" ? Array.from({ length: ngrams }, (_, i) => i + 1) : ngrams;
  const join = (tokens: readonly string[]): readonly string[] => (widths ? joinNeighbours(tokens, widths) : tokens);

  return (text) => {
    checkText(text);
    if (!splitter) return join((typeof text === "string" ? [text] : text).map(standardize));
    const one = typeof text === "string" ? text : text[0];
    if (one === undefined || (typeof text !== "string" && text.length !== 1)) {
      throw new ShapeMismatchError(
        `Texts must come as a flat list, or as rows of one text each. Received: a row of ${text.length} texts. Flatten it, or set split: null where they are tokens.`,
      );
    }
    return join(splitter(standardize(one)));
  };
}
