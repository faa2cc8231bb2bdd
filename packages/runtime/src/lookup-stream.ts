import type { IdsInput, NDArray } from "@rowan/api";
import { NDArray as HostArray, checkFlag, sizeOf } from "@rowan/api";
import { AskAhead, checkIterable } from "./ask-ahead.ts";
import { checkWhole } from "./pool-options.ts";
import type { PoolLookupOptions, StreamOptions } from "./pool-options.ts";
import type { PoolArray } from "./served.ts";
import { Stop } from "./stop.ts";

/** What a stream needs of its pool. */
interface StreamPool {
  /** Where `isPatient`, it waits for room also in a pool that refuses. */
  readonly lookup: (ids: IdsInput, options: PoolLookupOptions, isPatient: boolean) => Promise<NDArray>;
  readonly allocate: (count: number, options: { table?: string }) => PoolArray;
}

/** Memory that batches use in turn: as many rows as the largest batch so far. */
class Ring {
  readonly #pool: StreamPool;
  readonly #table: { table?: string };
  readonly #free: PoolArray[] = [];

  constructor(pool: StreamPool, table: { table?: string }) {
    this.#pool = pool;
    this.#table = table;
  }

  take(rows: number): PoolArray {
    const found = this.#free.findIndex((one) => one.shape[0] === rows);
    if (found >= 0) return this.#free.splice(found, 1)[0] as PoolArray;
    // Of another size: it goes, so that there are never more than the batches at work.
    this.#free.pop()?.dispose();
    return this.#pool.allocate(rows, this.#table);
  }

  giveBack(array: PoolArray): void {
    this.#free.push(array);
  }

  dispose(): void {
    for (const array of this.#free.splice(0)) array.dispose();
  }
}

interface Batch {
  readonly rows: Promise<NDArray>;
  readonly memory: PoolArray | undefined;
}

/** Begins batches, and knows how many are at work: for the end of one of these the next one waits, where a pool would refuse it. */
class Batches {
  readonly #pool: StreamPool;
  readonly #ring: Ring | undefined;
  readonly #options: PoolLookupOptions;
  #atWork = 0;

  constructor(pool: StreamPool, ring: Ring | undefined, options: PoolLookupOptions) {
    this.#pool = pool;
    this.#ring = ring;
    this.#options = options;
  }

  begin(ids: IdsInput): Batch {
    const memory = this.#ring?.take(countOf(ids));
    const flat = this.#pool.lookup(ids, { ...this.#options, ...(memory && { out: memory }) }, this.#atWork > 0);
    this.#atWork++;
    const over = (): void => {
      this.#atWork--;
    };
    // Where it fails it is waited for later; until then it is nobody's.
    flat.then(over, over);
    const rows = memory ? flat.then((result) => result.reshape([...shapeOf(ids), memory.shape.at(-1) as number])) : flat;
    rows.catch(() => undefined);
    return { rows, memory };
  }
}

/**
 * Rows of a stream of batches; see `LookupPool.lookupStream`.
 *
 * @param pool - Does the lookups.
 * @param batches - Ids.
 * @param options - How far ahead, and limits.
 * @returns The rows of each batch.
 * @throws InvalidArgumentError at once for batches and options that cannot be.
 */
export function lookupStream(
  pool: StreamPool,
  batches: AsyncIterable<IdsInput> | Iterable<IdsInput>,
  options: StreamOptions,
): AsyncGenerator<NDArray, void, undefined> {
  const { ahead = 2, reuse = false, ...limits } = options;
  checkIterable("batches", batches);
  return rowsOf(pool, batches, { ...limits, ahead: checkWhole("ahead", ahead, 1, 1024), reuse: checkFlag("reuse", reuse) });
}

async function* rowsOf(
  pool: StreamPool,
  batches: AsyncIterable<IdsInput> | Iterable<IdsInput>,
  { ahead, reuse, ...limits }: StreamOptions & Required<Pick<StreamOptions, "ahead" | "reuse">>,
): AsyncGenerator<NDArray, void, undefined> {
  const ring = reuse ? new Ring(pool, limits.table === undefined ? {} : { table: limits.table }) : undefined;
  // The limit of time is for each batch: how long the source takes is its own matter.
  const stop = new Stop(limits.signal);
  const begun = new Batches(pool, ring, limits);
  const asked = new AskAhead<IdsInput, Batch>(batches, ahead, (ids) => begun.begin(ids), stop);
  try {
    for (let batch = await asked.take(); batch; batch = await asked.take()) {
      try {
        yield await batch.rows;
      } finally {
        if (batch.memory) ring?.giveBack(batch.memory);
      }
    }
  } catch (error) {
    // What the source may have to say to its end must not hide why it is ended.
    await asked.close().catch(() => undefined);
    throw error;
  } finally {
    stop.end();
    // Batches that are still at work write to memory of the ring.
    for (const { rows, memory } of asked.drop()) {
      await rows.catch(() => undefined);
      memory?.dispose();
    }
    ring?.dispose();
    await asked.close();
  }
}

function shapeOf(ids: IdsInput): readonly number[] {
  return ids instanceof HostArray ? ids.shape : ArrayBuffer.isView(ids) ? [ids.length] : HostArray.from(ids).shape;
}

function countOf(ids: IdsInput): number {
  return sizeOf(shapeOf(ids));
}
