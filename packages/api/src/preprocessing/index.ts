export { TextVectorization } from "./text-vectorization.ts";
export type { TextOutputMode, TextVectorizationOptions, VocabularyOptions } from "./options.ts";
export type { SplitName } from "./split.ts";
export type { StandardizeName } from "./standardize.ts";
export type { Text } from "./tokenize.ts";
