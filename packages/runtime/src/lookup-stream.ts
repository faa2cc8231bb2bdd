import type { IdsInput, NDArray } from "@rowan/api";
import { NDArray as HostArray, sizeOf } from "@rowan/api";
import { checkWhole } from "./pool-options.ts";
import type { PoolLookupOptions, StreamOptions } from "./pool-options.ts";
import type { PoolArray } from "./served.ts";

/** What a stream needs of its pool. */
interface StreamPool {
  readonly lookup: (ids: IdsInput, options: PoolLookupOptions) => Promise<NDArray>;
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

/**
 * Rows of a stream of batches; see `LookupPool.lookupStream`.
 *
 * @param pool - Does the lookups.
 * @param batches - Ids.
 * @param options - How far ahead, and limits.
 * @yields The rows of each batch.
 */
export async function* lookupStream(
  pool: StreamPool,
  batches: AsyncIterable<IdsInput> | Iterable<IdsInput>,
  options: StreamOptions,
): AsyncGenerator<NDArray, void, undefined> {
  const { ahead: wanted, reuse = false, table, ...limits } = options;
  const ahead = checkWhole("ahead", wanted ?? 2, 1, 1024);
  const named = table === undefined ? {} : { table };
  const ring = reuse ? new Ring(pool, named) : undefined;
  const source = iteratorOf(batches);
  const atWork: Batch[] = [];
  let isOver = false;
  try {
    for (;;) {
      while (!isOver && atWork.length < ahead) {
        const next = await source.next();
        if (next.done === true) isOver = true;
        else atWork.push(begin(pool, next.value, ring, { ...limits, ...named }));
      }
      const batch = atWork.shift();
      if (!batch) return;
      try {
        yield await batch.rows;
      } finally {
        if (batch.memory) ring?.giveBack(batch.memory);
      }
    }
  } finally {
    // Batches that are still at work write to memory of the ring.
    for (const { rows, memory } of atWork) {
      await rows.catch(() => undefined);
      memory?.dispose();
    }
    ring?.dispose();
    if (!isOver) await source.return?.();
  }
}

function begin(pool: StreamPool, ids: IdsInput, ring: Ring | undefined, options: PoolLookupOptions): Batch {
  const memory = ring?.take(countOf(ids));
  const flat = pool.lookup(ids, { ...options, ...(memory && { out: memory }) });
  const rows = memory ? flat.then((result) => result.reshape([...shapeOf(ids), memory.shape.at(-1) as number])) : flat;
  // Where it fails it is waited for later; until then it is nobody's.
  rows.catch(() => undefined);
  return { rows, memory };
}

function iteratorOf(batches: AsyncIterable<IdsInput> | Iterable<IdsInput>): AsyncIterator<IdsInput> | Iterator<IdsInput> {
  return Symbol.asyncIterator in batches ? batches[Symbol.asyncIterator]() : batches[Symbol.iterator]();
}

function shapeOf(ids: IdsInput): readonly number[] {
  return ids instanceof HostArray ? ids.shape : ArrayBuffer.isView(ids) ? [ids.length] : HostArray.from(ids).shape;
}

function countOf(ids: IdsInput): number {
  return sizeOf(shapeOf(ids));
}
