/** Rowan: checkpoints of tables and models, and the file formats of other tools. */
export * from "./formats/index.ts";
export * from "./callbacks/index.ts";
export * from "./checkpoint/index.ts";
export type { Compression, StoredDType } from "./format/header.ts";
export type { Source } from "./io/open-source.ts";
