/** Rowan: checkpoints of tables and models, and the file formats of other tools. */
export * from "./formats/index.ts";
export * from "./callbacks/index.ts";
export { alignVocabulary } from "./vocabulary/align-vocabulary.ts";
export type { AlignOptions, AlignedVocabulary, PretrainedVectors } from "./vocabulary/align-vocabulary.ts";
export type { MissingRows } from "./vocabulary/missing-rows.ts";
export * from "./checkpoint/index.ts";
export type { Compression, StoredDType } from "./format/header.ts";
export type { Source } from "./io/open-source.ts";
