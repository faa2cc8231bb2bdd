import type { Scale } from "../bench-case.ts";

/** A table and how many ids a call has. */
export interface LookupShape {
  readonly rows: number;
  readonly dim: number;
  readonly batch: number;
  /** The slow peers take part, too. */
  readonly all?: boolean;
}

const batch = 262_144;

/** From rows of a cache line to rows of nineteen, and from a table that a second-level cache holds to one of 640 MB. */
const full: readonly LookupShape[] = [
  { rows: 1_000_000, dim: 64, batch, all: true },
  { rows: 1_000_000, dim: 128, batch },
  { rows: 100_000, dim: 300, batch },
  { rows: 10_000_000, dim: 16, batch },
  { rows: 30_000, dim: 256, batch },
];
const quick: readonly LookupShape[] = [
  { rows: 500, dim: 19, batch: 64, all: true },
  { rows: 300, dim: 8, batch: 64 },
];

/** The tables that lookups and bags are measured on. */
export const lookupShapes: Readonly<Record<Scale, readonly LookupShape[]>> = { full, quick };

/** How many different inputs successive calls get: with the same ones again and again the rows would stay in the caches. */
export const idSets = 8;

/**
 * A number of rows as people say it: `1M`, `100k`, `500`.
 *
 * @param count - How many.
 */
export function sayCount(count: number): string {
  if (count >= 1e6 && count % 1e5 === 0) return `${count / 1e6}M`;
  return count >= 1000 && count % 1000 === 0 ? `${count / 1000}k` : String(count);
}

/**
 * A number of ids as people say it: `1 id`, `64 ids`, `10M ids`.
 *
 * @param count - How many.
 */
export function sayIds(count: number): string {
  return `${sayCount(count)} ${count === 1 ? "id" : "ids"}`;
}

/**
 * An array in equal parts, without a copy.
 *
 * @param values - All of them.
 * @param parts - How many parts.
 */
export function split(values: Int32Array, parts: number): Int32Array[] {
  const length = values.length / parts;
  return Array.from({ length: parts }, (_, i) => values.subarray(i * length, (i + 1) * length));
}
