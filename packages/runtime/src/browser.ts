/** Lookups over all cores: a pool of Web Workers on one shared table. This is its form for browsers. */
export { LookupPool } from "./browser-lookup-pool.ts";
export type { CloseOptions } from "./base-pool.ts";
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
