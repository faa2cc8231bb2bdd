/** The formats that tables are written in. `"fasttext"` is the text of word2vec under the name of `.vec` files. */
export const exportFormats = ["npy", "npz", "safetensors", "word2vec", "word2vec-binary", "glove", "fasttext"] as const;

/** One of the formats that tables are written in. */
export type ExportFormat = (typeof exportFormats)[number];

/** Formats by the ending of a file's name, without its dot. Each may have `.gz` behind it. */
export const exportEndings: Readonly<Record<string, ExportFormat>> = {
  npy: "npy",
  npz: "npz",
  safetensors: "safetensors",
  bin: "word2vec-binary",
  w2v: "word2vec-binary",
  vec: "fasttext",
  txt: "word2vec",
};

/**
 * Which format the ending of a file's name says; a `.gz` behind it is passed over, and case does not count.
 *
 * @param path - The file.
 * @returns Undefined where the ending says none.
 * @example
 * exportFormatOf("vectors.vec.gz"); // "fasttext"
 */
export function exportFormatOf(path: string): ExportFormat | undefined {
  const ending = /\.(\w+)(?:\.gz)?$/.exec(path)?.[1]?.toLowerCase() ?? "";
  return Object.hasOwn(exportEndings, ending) ? exportEndings[ending] : undefined;
}
