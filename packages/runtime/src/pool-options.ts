import { InvalidArgumentError, bagsInputNames, checkFlag, checkOptions, describeValue } from "@rowan/api";
import type { BagsInput, IdsInput, InvalidIdPolicy, LookupOptions, MostSimilarOptions } from "@rowan/api";
import type { StopSignal } from "./stop.ts";

/** Options of `LookupPool.create`. */
export interface PoolOptions {
  /**
   * How many threads share the work of a call, the calling one among them; as many as the machine has cores for this process when left
   * out. 0 or 1: all work is done in the calling thread.
   */
  readonly threads?: number;
  /**
   * Whether the calling thread takes a share of the work, which is the fastest way; true when left out. It looks after its events every
   * millisecond or so. False: all work is done by `threads` workers, and the calling thread stays free.
   */
  readonly callerWorks?: boolean;
  /** How often a part of a call is tried again when its worker fails; 1 when left out. */
  readonly retries?: number;
  /** How many calls may be at work or wait for workers at once; 64 when left out. */
  readonly maxQueue?: number;
  /**
   * What a call gets that finds no room: `"wait"` (default), or a QueueFullError with `"reject"`. A batch of a stream waits all the same
   * while others of its stream are at work.
   */
  readonly whenFull?: "wait" | "reject";
  /** Milliseconds that a call may take; no limit when left out. */
  readonly timeout?: number;
  /** From how many bytes of rows on workers are used; measured at the start when left out. */
  readonly threshold?: number;
  /** The worker's program, where a bundler has moved it: the address of `dist/worker.js` (Node) or `dist/web-worker.js` (browsers). */
  readonly workerUrl?: string | { readonly href: string };
}

const poolOptionNames = [
  "threads",
  "callerWorks",
  "retries",
  "maxQueue",
  "whenFull",
  "timeout",
  "threshold",
  "workerUrl",
] as const satisfies readonly (keyof PoolOptions)[];

const whenFullChoices: readonly PoolOptions["whenFull"][] = ["wait", "reject"];

/** What bounds one call. */
export interface CallLimits {
  /** Stops the call: it rejects with the signal's reason. */
  readonly signal?: StopSignal;
  /** Milliseconds that this call may take, in place of the pool's limit. */
  readonly timeout?: number;
  /** Which table, in a pool of several. */
  readonly table?: string;
}

/** Options of `pool.lookup` and `pool.lookupBags`. */
export interface PoolLookupOptions extends LookupOptions, CallLimits {}

/** Options of `pool.mostSimilar`. */
export interface PoolSearchOptions extends MostSimilarOptions, CallLimits {}

/** Options of `pool.lookupStream`. */
export interface StreamOptions extends CallLimits {
  readonly invalidIds?: InvalidIdPolicy;
  /** How many batches are at work while one is used; 2 when left out. Memory is bounded by so many batches of rows, and one more. */
  readonly ahead?: number;
  /**
   * Rows lie in memory that the next batches use again: each result is valid until the next one is asked for or the stream is left.
   * Faster, and of constant size however long the stream is. False when left out: each result is an array of its own.
   */
  readonly reuse?: boolean;
}

/** What several tables are asked for: by the name of a feature its ids or bags. */
export type Features = Readonly<Record<string, IdsInput | BagsInput>>;

/** Options of `pool.lookupFeatures`. */
export interface FeatureOptions extends Omit<CallLimits, "table"> {
  readonly invalidIds?: InvalidIdPolicy;
  /** By the name of a feature, where its rows go. */
  readonly out?: Readonly<Record<string, NonNullable<LookupOptions["out"]>>>;
}

/** The most threads that a pool or a training may have: more are a slip, and as many workers as somebody writes could end the process. */
export const mostThreads = 256;

/** The names of the options of each call. */
export const callOptionNames: {
  readonly lookup: readonly (keyof PoolLookupOptions)[];
  readonly search: readonly (keyof PoolSearchOptions)[];
  readonly stream: readonly (keyof StreamOptions)[];
  readonly features: readonly (keyof FeatureOptions)[];
  readonly bags: readonly (keyof BagsInput)[];
} = {
  lookup: ["out", "invalidIds", "signal", "timeout", "table"],
  search: ["k", "metric", "exclude", "signal", "timeout", "table"],
  stream: ["invalidIds", "ahead", "reuse", "signal", "timeout", "table"],
  features: ["out", "invalidIds", "signal", "timeout"],
  bags: bagsInputNames,
};

/** Options with their defaults. */
export interface CheckedPoolOptions {
  readonly threads: number;
  readonly callerWorks: boolean;
  readonly retries: number;
  readonly maxQueue: number;
  readonly refuses: boolean;
  readonly timeout: number | undefined;
  readonly threshold: number | undefined;
  readonly workerUrl: string | undefined;
}

/**
 * Checks the options of a pool.
 *
 * @param options - What the caller gave.
 * @param cores - How many threads this process can run at once.
 * @returns All of them.
 * @throws InvalidArgumentError for one that cannot be.
 */
export function checkPoolOptions(options: PoolOptions, cores: number): CheckedPoolOptions {
  checkOptions("LookupPool.create", options, "{ threads: 2 }", poolOptionNames);
  const { threads = cores, callerWorks = true, retries = 1, maxQueue = 64, whenFull = "wait", timeout, threshold, workerUrl } = options;
  if (!whenFullChoices.includes(whenFull)) {
    throw new InvalidArgumentError(`\`whenFull\` must be "wait" or "reject". Received: whenFull=${describeValue(whenFull)}.`);
  }
  return {
    callerWorks: checkFlag("callerWorks", callerWorks),
    threads: checkWhole("threads", threads, 0, mostThreads),
    retries: checkWhole("retries", retries, 0, 1000),
    maxQueue: checkWhole("maxQueue", maxQueue, 1, Infinity),
    refuses: whenFull === "reject",
    timeout,
    threshold: threshold === undefined ? undefined : checkThreshold(threshold),
    workerUrl: workerUrl === undefined ? undefined : checkAddress(workerUrl),
  };
}

/**
 * Checks a whole number.
 *
 * @param name - The option.
 * @param value - What was given.
 * @param least - The least allowed value.
 * @param most - The largest; Infinity itself is allowed then.
 * @returns The value.
 * @throws InvalidArgumentError for anything else.
 */
export function checkWhole(name: string, value: unknown, least: number, most: number): number {
  if (typeof value === "number" && (Number.isInteger(value) || value === Infinity) && value >= least && value <= most) return value;
  throw new InvalidArgumentError(
    `\`${name}\` must be an integer from ${least}${most === Infinity ? " on" : ` to ${most}`}. Received: ${name}=${describeValue(value)}.`,
  );
}

function checkThreshold(value: unknown): number {
  if (typeof value === "number" && value >= 0) return value;
  throw new InvalidArgumentError(
    `\`threshold\` must be a number of bytes from 0 on; Infinity never uses workers. Received: threshold=${describeValue(value)}.`,
  );
}

function checkAddress(value: NonNullable<PoolOptions["workerUrl"]>): string {
  const text: unknown = typeof value === "string" ? value : (value as { readonly href?: unknown } | null)?.href;
  if (typeof text === "string") return text;
  throw new InvalidArgumentError(`\`workerUrl\` must be the address of a file. Received: workerUrl=${describeValue(value)}.`);
}
