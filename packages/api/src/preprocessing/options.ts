import { checkFlag } from "../check-options.ts";
import { InvalidArgumentError, describeValue } from "../errors.ts";
import { lookupName } from "../names.ts";
import { checkPositiveInteger } from "../tensor/shape.ts";
import { splitters, type SplitName } from "./split.ts";
import { standardizers, type StandardizeName } from "./standardize.ts";

/**
 * What a text becomes: `"int"` the ids of its tokens in order, `"multiHot"` 1 for each token that occurs, `"count"` how often,
 * `"tfIdf"` how often times how telling.
 */
export type TextOutputMode = "int" | "multiHot" | "count" | "tfIdf";

/** Options of `TextVectorization`; the defaults are those of Keras. Null is the same as left out, except where it is said. */
export interface TextVectorizationOptions {
  /** The most tokens, special ones included; at least 2. Default: no limit. */
  readonly maxTokens?: number | null;
  /** How texts are made uniform: a name, null for not at all, or a function. Default `"lowerAndStripPunctuation"`. */
  readonly standardize?: StandardizeName | null | ((text: string) => string);
  /** How a text becomes tokens: a name, null where texts are tokens already, or a function. Default `"whitespace"`. */
  readonly split?: SplitName | null | ((text: string) => readonly string[]);
  /** Joins neighbouring tokens: `2` gives single tokens and pairs, `[2]` pairs alone. Default: single tokens. */
  readonly ngrams?: number | readonly number[] | null;
  /** Default `"int"`. */
  readonly outputMode?: TextOutputMode;
  /** Cuts and pads every row to this length; only for `"int"`. Default: as long as the longest row. */
  readonly outputSequenceLength?: number | null;
  /** Makes rows of `maxTokens` numbers even where the vocabulary is smaller; not for `"int"`. Default false. */
  readonly padToMaxTokens?: boolean;
  /** The tokens, instead of `adapt`. */
  readonly vocabulary?: readonly string[] | null;
  /** One weight for each element of `vocabulary`; only for `"tfIdf"`, and needed there. */
  readonly idfWeights?: ArrayLike<number> | null;
}

/** The names of these options. */
export const textOptionNames: readonly (keyof TextVectorizationOptions)[] = [
  "maxTokens",
  "standardize",
  "split",
  "ngrams",
  "outputMode",
  "outputSequenceLength",
  "padToMaxTokens",
  "vocabulary",
  "idfWeights",
];

/** Options of `getVocabulary`. */
export interface VocabularyOptions {
  /** With padding and `"[UNK]"`; true when left out. */
  readonly includeSpecialTokens?: boolean;
}

/** The names of these options. */
export const vocabularyOptionNames: readonly (keyof VocabularyOptions)[] = ["includeSpecialTokens"];

/** Checked options, with every default filled in. */
export interface TextSettings {
  readonly maxTokens: number | undefined;
  readonly standardize: StandardizeName | null | ((text: string) => string);
  readonly split: SplitName | null | ((text: string) => readonly string[]);
  readonly ngrams: number | readonly number[] | null;
  readonly outputMode: TextOutputMode;
  readonly outputSequenceLength: number | undefined;
  readonly padToMaxTokens: boolean;
}

const outputModes: Readonly<Record<string, TextOutputMode>> = {
  int: "int",
  multiHot: "multiHot",
  count: "count",
  tfIdf: "tfIdf",
  // Keras' older name.
  binary: "multiHot",
};

function namesOf<Name extends string>(table: Readonly<Record<Name, unknown>>): Readonly<Record<string, Name>> {
  return Object.fromEntries(Object.keys(table).map((name) => [name, name as Name]));
}

/** A name in any spelling, a function, null, or undefined for the default. */
function resolveChoice<Name extends string, F>(
  kind: string,
  value: Name | F | null | undefined,
  byDefault: Name,
  table: Readonly<Record<Name, unknown>>,
): Name | F | null {
  if (value === undefined) return byDefault;
  if (value === null || typeof value === "function") return value;
  if (typeof value === "string") return lookupName(kind, value, namesOf(table));
  throw new InvalidArgumentError(`\`${kind}\` must be a name, a function, or null. Received: ${kind}=${describeValue(value)}.`);
}

function checkNgrams(ngrams: number | readonly number[] | null): number | readonly number[] | null {
  if (ngrams === null) return null;
  const widths = typeof ngrams === "number" ? [ngrams] : ngrams;
  if (Array.isArray(widths) && widths.length > 0 && widths.every((width) => Number.isInteger(width) && width > 0)) return ngrams;
  throw new InvalidArgumentError(
    `\`ngrams\` must be a positive integer or a list of positive integers. Received: ngrams=${describeValue(ngrams)}.`,
  );
}

/**
 * Checks the options that do not concern the vocabulary.
 *
 * @param options - What a caller passed.
 * @returns The options with their defaults.
 * @throws InvalidArgumentError or UnknownNameError, naming the option.
 */
export function resolveTextOptions(options: TextVectorizationOptions): TextSettings {
  const outputMode = lookupName("outputMode", options.outputMode ?? "int", outputModes);
  const maxTokens = options.maxTokens ?? undefined;
  if (maxTokens !== undefined && !(Number.isInteger(maxTokens) && maxTokens > 1)) {
    throw new InvalidArgumentError(
      `\`maxTokens\` must be an integer greater than 1: it counts the special tokens too. Received: maxTokens=${describeValue(maxTokens)}.`,
    );
  }
  const padToMaxTokens = checkFlag("padToMaxTokens", options.padToMaxTokens ?? false);
  if (padToMaxTokens && maxTokens === undefined) {
    throw new InvalidArgumentError("`padToMaxTokens` needs `maxTokens`. Received: maxTokens=undefined. Set both, or neither.");
  }
  const outputSequenceLength = options.outputSequenceLength ?? undefined;
  if (outputSequenceLength !== undefined) {
    checkPositiveInteger("outputSequenceLength", outputSequenceLength);
    if (outputMode !== "int") {
      throw new InvalidArgumentError(
        `\`outputSequenceLength\` is only for outputMode "int". Received: outputSequenceLength=${outputSequenceLength}, outputMode="${outputMode}". Leave it out.`,
      );
    }
  }
  return {
    maxTokens,
    standardize: resolveChoice("standardize", options.standardize, "lowerAndStripPunctuation", standardizers),
    split: resolveChoice("split", options.split, "whitespace", splitters),
    ngrams: checkNgrams(options.ngrams ?? null),
    outputMode,
    outputSequenceLength,
    padToMaxTokens,
  };
}
