import { BasePool } from "./base-pool.ts";
import { nodePlatform } from "./node-platform.ts";
import type { PoolOptions } from "./pool-options.ts";
import { preparePool } from "./prepare-pool.ts";
import type { PoolSource } from "./prepare-pool.ts";

/**
 * Lookups over all cores: worker threads read the rows of a table where they lie, in shared memory, and write results where the caller
 * wants them. Small calls are done at once by the calling thread. See docs/lookup-pool.md for when a pool pays.
 *
 * @example
 * const pool = await LookupPool.create(table, { threads: 2 });
 * const rows = await pool.lookup(ids); // Float32 [ids.length, outputDim]
 * await pool.close();
 */
export class LookupPool extends BasePool {
  /**
   * Starts a pool.
   *
   * @param source - A table (of a layer: its `table`), another source of rows, or several of them by name.
   * @param options - Threads and limits.
   * @returns The pool, when its workers run.
   * @throws InvalidArgumentError for options and sources that cannot be; WorkerError where workers do not start.
   */
  static async create(source: PoolSource, options: PoolOptions = {}): Promise<LookupPool> {
    return new LookupPool(await preparePool(nodePlatform, source, options));
  }
}
