/** A table and how it is looked up. */
export interface BenchCase {
  readonly rows: number;
  readonly dim: number;
  /** How many ids a call looks up. */
  readonly batch: number;
}

/** From a table that fits into a processor's cache to one that does not, with rows from one cache line to nineteen. */
export const lookupCases: readonly BenchCase[] = [
  { rows: 10_000, dim: 64, batch: 1024 },
  { rows: 1_000_000, dim: 16, batch: 16_384 },
  { rows: 1_000_000, dim: 64, batch: 16_384 },
  { rows: 100_000, dim: 300, batch: 4096 },
];
