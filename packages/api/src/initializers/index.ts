export { Constant, Identity, Ones, Zeros, type ConstantOptions, type IdentityOptions } from "./constant.ts";
export { computeFans, type Fans } from "./fans.ts";
export { getInitializer, type InitializerIdentifier } from "./get-initializer.ts";
export { Initializer, RandomInitializer, type SeedOptions } from "./initializer.ts";
export { RandomNormal, RandomUniform, TruncatedNormal, type RandomNormalOptions, type RandomUniformOptions } from "./random.ts";
export { GlorotNormal, GlorotUniform, HeNormal, HeUniform, LecunNormal, LecunUniform } from "./scaled.ts";
export {
  VarianceScaling,
  type FanOptions,
  type VarianceDistribution,
  type VarianceMode,
  type VarianceScalingOptions,
} from "./variance-scaling.ts";
