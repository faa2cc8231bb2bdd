/** Word vectors with negative sampling, on one thread or several. */
export { WordCorpus } from "./word-vectors/corpus.ts";
export type { Sentences, WordCorpusOptions } from "./word-vectors/corpus.ts";
export type { WordVectorEpoch, WordVectorOptions, WordVectorProgress } from "./word-vectors/options.ts";
export type { WordVectorState } from "./word-vectors/state.ts";
export { trainWordVectors } from "./word-vectors/train-word-vectors.ts";
export type { WordVectors } from "./word-vectors/train-word-vectors.ts";
