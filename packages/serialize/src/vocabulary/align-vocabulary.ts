import { InvalidArgumentError, NDArray, ShapeMismatchError, checkOptions, countOf, describeValue } from "@rowan/api";
import type { Initializer, RowSource } from "@rowan/api";
import { checkMissing, fillMissing } from "./missing-rows.ts";
import type { MissingRows } from "./missing-rows.ts";

/** Vectors with words: what `importTable` gives, or a table and its vocabulary. */
export interface PretrainedVectors {
  /** `[rows, dim]`. */
  readonly table: RowSource;
  /** The word of each row. */
  readonly vocabulary: readonly string[] | undefined;
}

/** Options of `alignVocabulary`. */
export interface AlignOptions {
  /**
   * What a word without a vector gets: `"zeros"` (the default, as in Keras' guide), `"mean"` of the rows that were found, `"normal"`:
   * random with their mean and deviation in each column, an initializer such as `new RandomUniform()`, or `"error"`.
   */
  readonly missing?: MissingRows | Initializer;
  /** The seed of `"normal"`; 0 when left out. */
  readonly seed?: number;
  /** Other spellings of a word, tried in order where it has no vector: `(word) => [word.toLowerCase()]`. */
  readonly variants?: (word: string) => readonly string[];
}

const optionNames = ["missing", "seed", "variants"] as const satisfies readonly (keyof AlignOptions)[];

/** Vectors in the order of one's own vocabulary. */
export interface AlignedVocabulary {
  /** Float32 `[words, dim]`: the weights of an Embedding. */
  readonly matrix: NDArray;
  /** How many words have a vector, under another spelling too. */
  readonly found: number;
  /** How many of them have it under another spelling. */
  readonly byVariant: number;
  /** The words that have none, in order. Padding, the empty word, is none of them: it gets zeros. */
  readonly missing: readonly string[];
  /** Found over found and missing: 0 to 1. */
  readonly coverage: number;
}

/** How word lists name the row for unknown words. */
const unknownNames = ["[UNK]", "<unk>", "<UNK>", "UNK", "unk", "<UNKNOWN>"];
/** Rows are looked up so many at a time. */
const step = 1024;

/**
 * The rows of pretrained vectors in the order of one's own vocabulary, and how much of it they cover.
 *
 * The empty word is padding, as in `TextVectorization`, and gets zeros. `"[UNK]"` takes the row of `<unk>` where the vectors have one.
 *
 * @param pretrained - What `importTable` gave, or `{ table, vocabulary }`.
 * @param words - One's own words, row by row: `textVectorization.getVocabulary()`.
 * @param options - What words without a vector get.
 * @returns The matrix float32 `[words, dim]`, and what is missing.
 * @throws InvalidArgumentError where there are no words, and with `missing: "error"` naming those without a vector; ShapeMismatchError where
 *   the vocabulary is not as long as the table.
 * @example
 * const { matrix, coverage } = await alignVocabulary(await importTable("glove.6B.100d.txt"), words.getVocabulary(), { missing: "normal" });
 * const embedding = new Embedding({ inputDim: matrix.shape[0], outputDim: matrix.shape[1], weights: [matrix], trainable: false });
 */
export async function alignVocabulary(
  pretrained: PretrainedVectors,
  words: readonly string[],
  options: AlignOptions = {},
): Promise<AlignedVocabulary> {
  checkOptions("alignVocabulary", options, '{ missing: "mean" }', optionNames);
  const policy = checkMissing(options.missing ?? "zeros");
  const { table, vocabulary } = checkPretrained(pretrained);
  checkWords(words);
  const { rows, byVariant } = findRows(vocabulary, words, options.variants);
  const missing = words.filter((word, i) => rows[i] === -1 && word !== "");
  if (policy === "error" && missing.length > 0) {
    const named = missing.slice(0, 10).map(describeValue).join(", ");
    throw new InvalidArgumentError(
      `Every word must have a vector where \`missing\` is "error". Received: ${missing.length} of ${countOf(words.length, "word")} without one: ${named}${missing.length > 10 ? ", …" : ""}. Pass another { missing }, or { variants }.`,
    );
  }
  const dim = table.outputDim;
  const data = new Float32Array(words.length * dim);
  await copyRows(table, rows, data);
  fillMissing(policy, data, dim, rows, (row) => words[row] === "", options.seed ?? 0);
  const found = rows.reduce((count, row) => count + (row >= 0 ? 1 : 0), 0);
  return {
    matrix: new NDArray(data, [words.length, dim]),
    found,
    byVariant,
    missing,
    coverage: found / Math.max(found + missing.length, 1),
  };
}

function checkPretrained(pretrained: PretrainedVectors): { readonly table: RowSource; readonly vocabulary: readonly string[] } {
  const { table, vocabulary } = pretrained;
  if (!Array.isArray(vocabulary)) {
    throw new InvalidArgumentError(
      `alignVocabulary needs the words of the vectors. Received: vocabulary=${describeValue(vocabulary)}. Pass { table, vocabulary } with one word a row.`,
    );
  }
  if (vocabulary.length !== table.inputDim)
    throw new ShapeMismatchError(
      `\`vocabulary\` must have one word for each row. Received: ${countOf(vocabulary.length, "word")} for ${countOf(table.inputDim, "row")}.`,
    );
  return { table, vocabulary: vocabulary as readonly string[] };
}

function checkWords(words: readonly string[]): void {
  const given: unknown = words;
  if (!Array.isArray(given) || given.length === 0)
    throw new InvalidArgumentError(
      `\`words\` must be an array of at least one word. Received: words=${describeValue(given)}. Pass getVocabulary().`,
    );
  const bad = words.findIndex((word) => typeof word !== "string");
  if (bad >= 0) throw new InvalidArgumentError(`\`words\` must hold texts. Received: words[${bad}]=${describeValue(words[bad])}.`);
}

/** The row of each word, or -1. One pass over the pretrained words, whose list may be a hundred times as long. */
function findRows(
  vocabulary: readonly string[],
  words: readonly string[],
  variants: AlignOptions["variants"],
): { readonly rows: Int32Array; readonly byVariant: number } {
  const spellings = words.map((word) => {
    if (word === "") return [word];
    const own = word === "[UNK]" ? unknownNames : [word];
    return variants ? [...own, ...variants(word)] : own;
  });
  const places = new Map<string, number>();
  for (const list of spellings) for (const spelling of list) places.set(spelling, -1);
  for (const [row, word] of vocabulary.entries()) if (places.get(word) === -1) places.set(word, row);
  let byVariant = 0;
  const rows = Int32Array.from(spellings, (list, i) => {
    const spelling = list.find((candidate) => (places.get(candidate) ?? -1) >= 0);
    if (spelling === undefined) return -1;
    if (spelling !== words[i]) byVariant++;
    return places.get(spelling) as number;
  });
  return { rows, byVariant };
}

async function copyRows(table: RowSource, rows: Int32Array, data: Float32Array): Promise<void> {
  const dim = table.outputDim;
  const places = [...rows.keys()].filter((place) => (rows[place] as number) >= 0);
  for (let from = 0; from < places.length; from += step) {
    const part = places.slice(from, from + step);
    const values = (await table.lookup(part.map((place) => rows[place] as number))).data;
    for (const [i, place] of part.entries()) data.set(values.subarray(i * dim, (i + 1) * dim), place * dim);
  }
}
