export type { Regularizer } from "./regularizer.ts";
export { L1, L1L2, L2, getRegularizer } from "./regularizers.ts";
export type { RegularizerIdentifier } from "./regularizers.ts";
