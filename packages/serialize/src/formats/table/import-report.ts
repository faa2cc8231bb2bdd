/** The formats that are recognised. fastText's `.vec` is word2vec's text. */
export type TableFormat = "rowan" | "npy" | "npz" | "safetensors" | "word2vec" | "word2vec-binary" | "glove";

/** A place in a file where something was wrong. */
export interface BadLine {
  /** The line of a text, counted from 1; the record of a binary file, counted from 1. */
  readonly line: number;
  /** What was expected and what was there. */
  readonly reason: string;
}

/** What happened while a table was read. */
export interface ImportReport {
  readonly format: TableFormat;
  /** The file was compressed with gzip. */
  readonly gzip: boolean;
  readonly rows: number;
  readonly dim: number;
  /** How the values were stored: `"text"`, or the format's own name such as `"F16"` or `"<f8"`. */
  readonly stored: string;
  /** How many rows the header promises, where there is a header. */
  readonly promised: number | undefined;
  /** Words that came again; `first` has up to twenty of them, with the lines they came again in. */
  readonly duplicates: { readonly count: number; readonly first: readonly { readonly word: string; readonly line: number }[] };
  /** Lines that were passed over, with `skipBadLines`; `first` has up to twenty of them. */
  readonly badLines: { readonly count: number; readonly first: readonly BadLine[] };
  /** Rows that hold NaN or an infinity. */
  readonly notFinite: number;
  /** The last line of a text has no line end: what wrote it may have been stopped inside of the last number. */
  readonly unfinishedLine: boolean;
}

/** How many places a report names. */
export const namedPlaces = 20;
