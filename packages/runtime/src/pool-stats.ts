/** What a pool has done so far. Times are milliseconds. */
export interface PoolStats {
  /** Threads that share the work of a call; 0 where the calling one does it alone. */
  readonly threads: number;
  /** Calls that ended well, and among them those that were shared with workers. */
  readonly batches: number;
  readonly pooledBatches: number;
  /** Calls that were rejected. */
  readonly failures: number;
  /** Ids of the calls that ended well; for `mostSimilar` queries. */
  readonly ids: number;
  /** Rows looked up in a second of the time in which calls were at work; 0 where none of them was timed. */
  readonly rowsPerSecond: number;
  /** Calls that are at work or wait. */
  readonly queueDepth: number;
  /** From a call to its first work, of the last 1024 calls that were timed: all that are shared with workers, and some of the others. */
  readonly waitTime: Percentiles;
  /** From its first work to its end, of the same calls. */
  readonly runTime: Percentiles;
  /** Workers that were replaced because they ended. */
  readonly restarts: number;
  /** Calls that move fewer bytes are done in the caller's thread, into memory of `allocate()` and into other memory; Infinity: all. */
  readonly threshold: Threshold;
}

/** The middle, and what one of a hundred exceeds; 0 before the first call. */
export interface Percentiles {
  readonly p50: number;
  readonly p99: number;
}

/** From how many bytes of rows on workers are faster. */
export interface Threshold {
  readonly direct: number;
  readonly copied: number;
}

const kept = 1024;
/** One of so many small calls is timed. */
const smallCallsPerTime = 16;

/** The last values of something. */
class Recent {
  readonly #values = new Float64Array(kept);
  #count = 0;

  add(value: number): void {
    this.#values[this.#count++ % kept] = value;
  }

  percentiles(): Percentiles {
    const sorted = this.#values.slice(0, Math.min(this.#count, kept)).sort();
    const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
    return { p50: at(0.5), p99: at(0.99) };
  }
}

/** Counts calls. */
export class StatsKeeper {
  readonly #wait = new Recent();
  readonly #run = new Recent();
  #batches = 0;
  #pooled = 0;
  #failures = 0;
  #ids = 0;
  #busySince = 0;
  #busy = 0;
  #atWork = 0;
  #smallCalls = 0;
  /** Of one id of the last small call that was timed. */
  #smallTime = 0;

  /** A call begins its work. */
  begin(now: number): void {
    if (this.#atWork++ === 0) this.#busySince = now;
  }

  /** A call is over. */
  end(call: { created: number; started: number; now: number; ids: number; pooled: boolean; failed: boolean }): void {
    if (--this.#atWork === 0) this.#busy += call.now - this.#busySince;
    if (call.failed) {
      this.#failures++;
      return;
    }
    this.#batches++;
    if (call.pooled) this.#pooled++;
    this.#ids += call.ids;
    this.#wait.add(call.started - call.created);
    this.#run.add(call.now - call.started);
  }

  /** Whether the next small call shall be timed: a look at the clock takes as long as the lookup of a row. */
  get isSmallTimed(): boolean {
    return this.#smallCalls % smallCallsPerTime === 0;
  }

  /**
   * A call of the calling thread that is over; where it is timed, before anything else could happen.
   *
   * @param ids - How many.
   * @param time - How long it took; below 0 where it was not timed, and is taken for as long as the last one that was.
   */
  small(ids: number, time: number): void {
    this.#smallCalls++;
    this.#batches++;
    this.#ids += ids;
    if (time >= 0) {
      this.#smallTime = time / Math.max(1, ids);
      this.#wait.add(0);
      this.#run.add(time);
    }
    if (this.#atWork === 0) this.#busy += this.#smallTime * ids;
  }

  /** A call was refused or stopped before its work, or a small one failed. */
  fail(): void {
    this.#failures++;
  }

  /** What was counted. */
  read(now: number): Pick<PoolStats, "batches" | "pooledBatches" | "failures" | "ids" | "rowsPerSecond" | "waitTime" | "runTime"> {
    const busy = this.#busy + (this.#atWork > 0 ? now - this.#busySince : 0);
    return {
      batches: this.#batches,
      pooledBatches: this.#pooled,
      failures: this.#failures,
      ids: this.#ids,
      rowsPerSecond: busy > 0 ? (this.#ids / busy) * 1000 : 0,
      waitTime: this.#wait.percentiles(),
      runTime: this.#run.percentiles(),
    };
  }
}
