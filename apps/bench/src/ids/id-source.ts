/** Ids as they are looked up: one for each vector, or bags of them. */
export interface IdBatch {
  /** How many vectors it makes. */
  readonly count: number;
  readonly ids: Int32Array;
  /** `[count + 1]`: the ids of each bag; absent where each vector has one id. */
  readonly offsets?: Int32Array;
  /** A factor for each id of a bag. */
  readonly weights?: Float32Array;
  /** What each vector is of. */
  readonly labels?: readonly string[];
  /** An id as it stands in the input, and where: `"in line 3, column 1"`. */
  readonly describe: (index: number) => { readonly value: string; readonly place: string };
}

/** Where ids come from. */
export interface IdSource {
  /** As messages call it. */
  readonly name: string;
  /** How many vectors there will be, where that is known. */
  readonly total: number | undefined;
  /** The shape of the result without the length of a vector, where it is known. */
  readonly shape: readonly number[] | undefined;
  /** What was passed over so far. */
  readonly passed: Passed;
  /** The part of the input that was read, 0 to 1; undefined where that is not known. */
  part(): number | undefined;
  /** The batches in order; each is valid until two further ones were asked for. */
  batches(): AsyncGenerator<IdBatch>;
  close(): Promise<void>;
}

/** What was passed over in an input. */
export interface Passed {
  /** Lines or rows that cannot be read. */
  readonly badLines: number;
  /** The first of them, as errors would tell them. */
  readonly firstBad: readonly string[];
  /** Words that the table does not have. */
  readonly unknownWords: number;
}
