/** Lookups over all cores: a pool of worker threads on one shared table. This is its form for Node. */
export type { CloseOptions } from "./base-pool.ts";
export { LookupPool } from "./lookup-pool.ts";
export type {
  CallLimits,
  FeatureOptions,
  Features,
  PoolLookupOptions,
  PoolOptions,
  PoolSearchOptions,
  StreamOptions,
} from "./pool-options.ts";
export type { Percentiles, PoolStats, Threshold } from "./pool-stats.ts";
export type { PoolSource } from "./prepare-pool.ts";
export type { PoolArray } from "./served.ts";
export type { StopSignal } from "./stop.ts";
export { enableTrainingThreads } from "./training-threads.ts";
