import { BasePool } from "./base-pool.ts";
import { browserPlatform } from "./browser-platform.ts";
import type { PoolOptions } from "./pool-options.ts";
import { preparePool } from "./prepare-pool.ts";
import type { PoolSource } from "./prepare-pool.ts";

/** As `LookupPool` for Node, on Web Workers where the page is cross-origin isolated, and in the page's own thread where it is not. */
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
    return new LookupPool(await preparePool(browserPlatform, source, options));
  }
}
