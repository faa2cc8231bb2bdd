/// <reference lib="esnext.disposable" preserve="true" />
import {
  Arena,
  DisposedError,
  NDArray as HostArray,
  InvalidArgumentError,
  checkFlag,
  checkOptions,
  describeValue,
  lookupRows,
} from "@rowan/api";
import type { BagsInput, IdsInput, LookupOptions, NDArray, Neighbour, RowSource, Shape, SimilarityQueries } from "@rowan/api";
import { Gate } from "./gate.ts";
import { lookupStream } from "./lookup-stream.ts";
import { checkApart } from "./output.ts";
import { callOptionNames } from "./pool-options.ts";
import type { CallLimits, FeatureOptions, Features, PoolLookupOptions, PoolSearchOptions, StreamOptions } from "./pool-options.ts";
import { StatsKeeper } from "./pool-stats.ts";
import type { PoolStats } from "./pool-stats.ts";
import { onlyName } from "./prepare-pool.ts";
import type { PoolParts } from "./prepare-pool.ts";
import type { PoolArray, ServeOptions, Served } from "./served.ts";
import { ServedTable, isBags } from "./served-table.ts";
import { Stop } from "./stop.ts";

declare const performance: { now(): number };

/** How `close` ends a pool. */
export interface CloseOptions {
  /** Calls that are at work are ended and reject with a DisposedError; they are waited for when left out. */
  readonly abort?: boolean;
}

/** What `LookupPool` is on every platform. */
export class BasePool implements RowSource {
  readonly #parts: PoolParts;
  readonly #gate: Gate;
  readonly #stats = new StatsKeeper();
  readonly #calls = new Set<{ readonly stop: Stop; readonly over: Promise<void> }>();
  readonly #only: ServedTable | undefined;
  #closing: Promise<void> | undefined;

  constructor(parts: PoolParts) {
    this.#parts = parts;
    this.#gate = new Gate(parts.settings.maxQueue, parts.settings.refuses);
    const [only] = parts.served.values();
    this.#only = parts.served.size === 1 && parts.settings.timeout === undefined && only instanceof ServedTable ? only : undefined;
  }

  /** The number of rows; of a pool with one source. */
  get inputDim(): number {
    return this.#served(undefined).inputDim;
  }

  /** The number of values in a row; of a pool with one source. */
  get outputDim(): number {
    return this.#served(undefined).outputDim;
  }

  /** Threads that share the work of a call; 0 where the calling one does it alone: without shared memory, or for sources that are no tables. */
  get threads(): number {
    return this.#parts.runner?.threads ?? 0;
  }

  /**
   * Rows by their numbers.
   *
   * @param ids - Integers `0 .. inputDim - 1` in any shape.
   * @param options - As of `table.lookup`, and `signal`, `timeout`, `table`.
   * @returns Float32 `[...ids.shape, outputDim]`, the same bits as `table.lookup` gives.
   * @throws IndexOutOfRangeError for bad ids; WorkerError, TimeoutError, QueueFullError, DisposedError; the signal's reason. `out` may be
   *   written in part then.
   */
  lookup(ids: IdsInput, options: PoolLookupOptions = {}): Promise<NDArray> {
    const only = this.#only;
    const isSmall = only?.isSmall(ids) === true && hasNoLimits(options) && !this.#closing && this.#gate.hasRoom;
    return isSmall ? this.#lookupSmall(only, ids, options) : this.#lookup(ids, options);
  }

  /**
   * One vector for each bag of ids; a bag is never split between threads.
   *
   * @param bags - As of `table.lookupBags`.
   * @param options - As of `lookup`.
   * @returns Float32 `[bags, outputDim]`.
   * @throws What `table.lookupBags` and `lookup` throw.
   */
  async lookupBags(bags: BagsInput, options: PoolLookupOptions = {}): Promise<NDArray> {
    checkOptions("lookupBags", bags, "{ ids: [[1, 2], [3]] }", callOptionNames.bags);
    checkOptions("pool.lookupBags", options, '{ invalidIds: "zero" }', callOptionNames.lookup);
    const served = this.#served(options.table);
    const { out, invalidIds } = options;
    return this.#call(
      options,
      (serve) => served.lookupBags(bags, { ...serve, out, invalidIds }),
      () => idsOfBags(bags),
    );
  }

  /**
   * The nearest rows, by exhaustive search over all threads.
   *
   * @param query - A row's id (it is left out of the result) or a vector of `outputDim` values.
   * @param options - As of `table.mostSimilar`, and `signal`, `timeout`, `table`.
   * @returns The best first.
   */
  async mostSimilar(query: number | ArrayLike<number> | NDArray, options: PoolSearchOptions = {}): Promise<Neighbour[]> {
    const [found] = await this.mostSimilarBatch(typeof query === "number" ? [query] : [vectorOf(query)], options);
    return found as Neighbour[];
  }

  /**
   * The nearest rows to each of several queries, in one pass over the table.
   *
   * @param queries - Ids of rows or vectors, as of `table.mostSimilarBatch`.
   * @param options - As of `mostSimilar`.
   * @returns For each query its neighbours, the best first.
   */
  async mostSimilarBatch(queries: SimilarityQueries, options: PoolSearchOptions = {}): Promise<Neighbour[][]> {
    checkOptions("pool.mostSimilar", options, "{ k: 10 }", callOptionNames.search);
    const served = this.#served(options.table);
    const { k, metric, exclude } = options;
    const wanted = { ...(k !== undefined && { k }), ...(metric !== undefined && { metric }), ...(exclude !== undefined && { exclude }) };
    return this.#call(
      options,
      (serve) => served.mostSimilar(queries, wanted, serve),
      (found) => found.length,
    );
  }

  /**
   * Rows of a stream of batches, in their order; the next batches are at work while one is used.
   *
   * @param batches - Ids of any shape, one batch after another.
   * @param options - `ahead`, `reuse`, and as of `lookup`; `timeout` is for each batch.
   * @yields The rows of each batch, `[...ids.shape, outputDim]`, as soon as it is its turn: the source is asked for the next one meanwhile.
   * @throws InvalidArgumentError at once for what is no iterable; what `lookup` throws, and the source is told that it is not asked for more;
   *   what the source throws, after the rows of all batches that it gave before. In a pool with `whenFull: "reject"` a batch waits while
   *   others of its stream are at work, and is refused only where calls of others alone leave no room.
   */
  lookupStream(
    batches: AsyncIterable<IdsInput> | Iterable<IdsInput>,
    options: StreamOptions = {},
  ): AsyncGenerator<NDArray, void, undefined> {
    checkOptions("pool.lookupStream", options, "{ ahead: 2 }", callOptionNames.stream);
    return lookupStream(
      {
        lookup: (ids, limits, isPatient) => (isPatient && !this.#gate.hasRoom ? this.#lookup(ids, limits, true) : this.lookup(ids, limits)),
        allocate: (count, { table }) => this.allocate(count, table === undefined ? {} : { table }),
      },
      batches,
      options,
    );
  }

  /**
   * Several tables in one call: rows for each feature that is named. Threads share all of the work.
   *
   * @param features - Ids or bags, by the names that the pool was created with.
   * @param options - `out` by feature, and as of `lookup`.
   * @returns Rows by feature.
   * @throws InvalidArgumentError for a feature that the pool does not have, and where the memory of two features overlaps; what `lookup`
   *   throws.
   */
  async lookupFeatures<F extends Features>(features: F, options: FeatureOptions = {}): Promise<Record<keyof F & string, NDArray>> {
    checkOptions("pool.lookupFeatures", options, '{ invalidIds: "zero" }', callOptionNames.features);
    const names = [...this.#parts.served.keys()];
    if (names.includes(onlyName)) {
      throw new InvalidArgumentError(
        "lookupFeatures is for pools whose tables have names. Received: a pool of one table without a name. Create it as LookupPool.create({ user: table }), or use lookup or lookupBags.",
      );
    }
    checkOptions("pool.lookupFeatures", features, "{ user: [1, 2], items: { ids: [[1, 2], [3]] } }", names);
    if (options.out !== undefined) checkOptions("`out` of pool.lookupFeatures", options.out, "{ user: memory }", names);
    checkApart(options.out ?? {});
    const entries = Object.entries(features).map(([name, ids]) => ({ name, ids, served: this.#served(name), out: options.out?.[name] }));
    const { invalidIds } = options;
    return this.#call(
      options,
      async (serve) => {
        const together = await this.#together(entries, { ...serve, invalidIds });
        if (together) return together;
        const results = await settleAll(
          entries.map(({ ids, served, out }) =>
            isBags(ids) ? served.lookupBags(ids, { ...serve, invalidIds, out }) : served.lookup(ids, { ...serve, invalidIds, out }),
          ),
        );
        return Object.fromEntries(entries.map(({ name }, index) => [name, results[index]])) as Record<keyof F & string, NDArray>;
      },
      (results) =>
        entries.reduce(
          (sum, { name, ids, served }) => sum + (isBags(ids) ? idsOfBags(ids) : results[name as keyof F & string].size / served.outputDim),
          0,
        ),
    );
  }

  /**
   * Memory for results that workers write to directly.
   *
   * @param count - How many rows, or the shape of the ids.
   * @param options - `table`, in a pool of several.
   * @returns Float32 `[...count, outputDim]`, to be passed as `out`. Call `dispose()` on it when it is no longer needed.
   */
  allocate(count: number | Shape, options: Pick<CallLimits, "table"> = {}): PoolArray {
    checkOptions("pool.allocate", options, '{ table: "user" }', ["table"] satisfies (keyof CallLimits)[]);
    this.#checkOpen();
    return this.#served(options.table).allocate(Array.isArray(count) ? (count as Shape) : [count as number]);
  }

  /**
   * What the pool has done so far.
   *
   * @returns Counts, times and the measured threshold.
   */
  stats(): PoolStats {
    return {
      threads: this.threads,
      ...this.#stats.read(performance.now()),
      queueDepth: this.#gate.depth,
      restarts: this.#parts.engine?.restarts ?? 0,
      threshold: this.#parts.threshold.current,
    };
  }

  /**
   * Ends the pool: further calls are refused, and its threads are gone when the promise resolves. Tables stay as they are.
   *
   * @param options - `abort`: do not wait for calls that are at work.
   */
  close(options: CloseOptions = {}): Promise<void> {
    checkOptions("pool.close", options, "{ abort: true }", ["abort"] satisfies (keyof CloseOptions)[]);
    const { abort = false } = options;
    if (checkFlag("abort", abort)) for (const { stop } of this.#calls) stop.stop(closedError());
    this.#closing ??= this.#end();
    return this.#closing;
  }

  /** `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #end(): Promise<void> {
    await Promise.all([...this.#calls].map(({ over }) => over));
    await this.#parts.engine?.close();
  }

  /** Where `isPatient`, it waits for room also in a pool that refuses. */
  async #lookup(ids: IdsInput, options: PoolLookupOptions, isPatient = false): Promise<NDArray> {
    checkOptions("pool.lookup", options, '{ invalidIds: "zero" }', callOptionNames.lookup);
    const served = this.#served(options.table);
    const { out, invalidIds } = options;
    return this.#call(
      options,
      (serve) => served.lookup(ids, { ...serve, out, invalidIds }),
      (result) => result.size / served.outputDim,
      isPatient,
    );
  }

  /**
   * A call that no worker has a part in, with next to nothing around it: it takes a few thousandths of a millisecond. All of its work is
   * done at once, since memory that workers share can be seen from here. Only results that no segment of a table holds are read back
   * afterwards.
   */
  #lookupSmall({ table }: ServedTable, ids: IdsInput, options: LookupOptions): Promise<NDArray> {
    try {
      const start = this.#stats.isSmallTimed ? performance.now() : -1;
      const rows = lookupRows(table, ids, options);
      if (rows instanceof Promise) return this.#lookupRead(rows, ServedTable.countAtOnce(ids));
      this.#stats.small(ServedTable.countAtOnce(ids), start < 0 ? -1 : performance.now() - start);
      return Promise.resolve(rows);
    } catch (error) {
      this.#stats.fail();
      const reason = error as Error;
      return Promise.reject(reason);
    }
  }

  /** The rest of a small call whose rows are read back. It is not timed: others are at work meanwhile. */
  async #lookupRead(reading: Promise<NDArray>, ids: number): Promise<NDArray> {
    try {
      const rows = await reading;
      this.#stats.small(ids, -1);
      return rows;
    } catch (error) {
      this.#stats.fail();
      throw error;
    }
  }

  /** Admits a call, bounds it and counts it. */
  async #call<T>(
    limits: CallLimits,
    work: (serve: ServeOptions) => Promise<T>,
    count: (result: T) => number,
    isPatient = false,
  ): Promise<T> {
    this.#checkOpen();
    const created = performance.now();
    const stop = new Stop(limits.signal, limits.timeout ?? this.#parts.settings.timeout);
    let finish: () => void = () => undefined;
    const call = { stop, over: new Promise<void>((resolve) => (finish = resolve)) };
    this.#calls.add(call);
    let isInside = false;
    try {
      await this.#gate.enter(stop, isPatient);
      isInside = true;
      this.#stats.begin(performance.now());
      let started: number | undefined;
      let pooled = false;
      let result: T | undefined;
      try {
        result = await work({
          stop,
          onStart: (byWorker) => {
            started ??= performance.now();
            pooled ||= byWorker;
          },
        });
        return result;
      } finally {
        const now = performance.now();
        const failed = result === undefined;
        this.#stats.end({ created, started: started ?? now, now, ids: failed ? 0 : count(result as T), pooled, failed });
      }
    } catch (error) {
      if (!isInside) this.#stats.fail();
      throw error;
    } finally {
      if (isInside) this.#gate.leave();
      stop.end();
      this.#calls.delete(call);
      finish();
    }
  }

  /** All features as one call of the workers, where all of them can be and it is worth it. */
  async #together(
    entries: readonly { name: string; ids: IdsInput | BagsInput; served: Served; out: ServeOptions["out"] }[],
    serve: ServeOptions,
  ): Promise<Record<string, NDArray> | undefined> {
    const { runner, threshold } = this.#parts;
    if (!runner || entries.length < 2) return undefined;
    const arena = new Arena();
    const releases: (() => void)[] = [];
    try {
      const parts = [];
      for (const { name, ids, served, out } of entries) {
        const prepared = served instanceof ServedTable ? served.prepare(ids, { ...serve, out }, arena) : undefined;
        if (!prepared) return undefined;
        releases.push(prepared.release);
        parts.push({ name, ...prepared });
      }
      if (parts.reduce((sum, { bytes }) => sum + bytes, 0) < threshold.current.direct) return undefined;
      await runner.run(
        parts.map(({ part }) => part),
        { stop: serve.stop, onStart: () => serve.onStart(true) },
      );
      return Object.fromEntries(parts.map(({ name, finish }) => [name, finish()]));
    } finally {
      for (const release of releases) release();
      arena.release();
    }
  }

  #served(name: string | undefined): Served {
    const { served } = this.#parts;
    const [only] = served.values();
    if (name === undefined) {
      if (served.size === 1 && only) return only;
      throw new InvalidArgumentError(
        `A pool of several tables must be told which one. Received: no \`table\`. Pass { table: ${[...served.keys()].map((one) => JSON.stringify(one)).join(" | ")} }, or use lookupFeatures.`,
      );
    }
    const found = served.get(name);
    if (found) return found;
    const names = [...served.keys()].filter((one) => one !== onlyName);
    throw new InvalidArgumentError(
      `\`table\` must name a table of this pool. Received: table=${describeValue(name)}. ${names.length > 0 ? `Use one of: ${names.join(", ")}.` : "It has one table without a name: leave it out."}`,
    );
  }

  #checkOpen(): void {
    if (this.#closing) throw closedError();
  }
}

/** Whether there is nothing among the options that a table does not take itself. */
function hasNoLimits(options: PoolLookupOptions): boolean {
  for (const name in options) if (name !== "out" && name !== "invalidIds") return false;
  return true;
}

function closedError(): DisposedError {
  return new DisposedError("This pool was closed. Create a new one with LookupPool.create.");
}

function vectorOf(query: ArrayLike<number> | NDArray): ArrayLike<number> {
  return query instanceof HostArray ? query.astype("float32").data : query;
}

function idsOfBags({ ids }: BagsInput): number {
  if (!Array.isArray(ids))
    return (ids as ArrayLike<number> | NDArray) instanceof HostArray ? (ids as NDArray).size : (ids as ArrayLike<number>).length;
  return (ids as readonly (number | ArrayLike<number>)[]).reduce<number>((sum, bag) => sum + (typeof bag === "number" ? 1 : bag.length), 0);
}

/** Waits for all of them, also where one fails: none may write to the caller's memory afterwards. */
async function settleAll<T>(work: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}
