/** One suite that every backend must pass, and the naive reference that it compares with. */
export { checkGradient, expectGradients } from "./gradients/check-gradient.ts";
export type { GradientInput } from "./gradients/check-gradient.ts";
export { describeExactMode } from "./exact/describe-exact-mode.ts";
export type { ExactModeOptions } from "./exact/describe-exact-mode.ts";
export { describeGolden } from "./golden/describe-golden.ts";
export { runLayerTest } from "./layers/run-layer-test.ts";
export type { LayerClass, LayerExpectation } from "./layers/run-layer-test.ts";
export { describeModels } from "./models/describe-models.ts";
export type { ModelsOptions } from "./models/describe-models.ts";
export { createNaiveBackend } from "./naive/create-naive-backend.ts";
export { PreciseBackend } from "./naive/precise-backend.ts";
export { describeBackend } from "./suite/describe-backend.ts";
export type { Skip } from "./suite/describe-backend.ts";
export type { SuiteOptions } from "./suite/describe-groups.ts";
export { contractMembers } from "./suite/members.ts";
export type { Member } from "./suite/members.ts";
