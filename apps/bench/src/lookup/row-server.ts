import type { BagsInput, EmbeddingTable, InvalidIdPolicy } from "@rowan/api";
import { LookupPool } from "@rowan/runtime";
import type { IdBatch } from "../ids/id-source.ts";

/** How the ids of a bag become one vector. */
export type BagMode = NonNullable<BagsInput["mode"]>;

/** What batches are looked up with. */
export interface ServerOptions {
  /** How the ids of a vector become one row; undefined where each has one id. */
  readonly mode: BagMode | undefined;
  /** This id takes no part in a bag. */
  readonly padding: number | undefined;
  readonly invalidIds: InvalidIdPolicy;
  /** Worker threads; 0: the calling thread looks up. */
  readonly threads: number;
}

type Room = ReturnType<EmbeddingTable["allocate"]>;

/** Looks batches up, by a pool of threads or in the calling one, into memory that later batches use again. */
export class RowServer {
  readonly #table: EmbeddingTable;
  readonly #pool: LookupPool | undefined;
  readonly #options: ServerOptions;
  readonly #rooms: Room[] = [];

  private constructor(table: EmbeddingTable, pool: LookupPool | undefined, options: ServerOptions) {
    this.#table = table;
    this.#pool = pool;
    this.#options = options;
  }

  /**
   * Starts the threads.
   *
   * @param table - The table.
   * @param options - How it is looked up in.
   */
  static async start(table: EmbeddingTable, options: ServerOptions): Promise<RowServer> {
    const { threads } = options;
    return new RowServer(table, threads > 0 ? await LookupPool.create(table, { threads }) : undefined, options);
  }

  get inputDim(): number {
    return this.#table.inputDim;
  }

  get outputDim(): number {
    return this.#table.outputDim;
  }

  /** Worker threads; 0 where the calling thread looks up. */
  get threads(): number {
    return this.#pool?.threads ?? 0;
  }

  /**
   * The vectors of a batch.
   *
   * @param batch - Ids or bags.
   * @param turn - 0 or 1: whose memory is used; it is valid until the same turn comes again.
   * @returns `[count, dim]`.
   * @throws IndexOutOfRangeError for ids that the table does not have, unless they are allowed.
   */
  async look({ count, ids, offsets, weights }: IdBatch, turn: number): Promise<Float32Array> {
    const { mode, padding, invalidIds } = this.#options;
    const out = this.#room(count, turn);
    const source = this.#pool ?? this.#table;
    if (offsets === undefined || mode === undefined) return (await source.lookup(ids, { out, invalidIds })).data as Float32Array;
    const bags = {
      ids,
      offsets,
      includeLastOffset: true,
      mode,
      ...(weights && { weights }),
      ...(padding !== undefined && { paddingIdx: padding }),
    };
    return (await source.lookupBags(bags, { out, invalidIds })).data as Float32Array;
  }

  /** Ends the threads and gives the memory back; the table stays. */
  async close(): Promise<void> {
    await this.#pool?.close({ abort: true });
    for (const room of this.#rooms) room.dispose();
  }

  #room(count: number, turn: number): Room {
    const room = this.#rooms[turn];
    if (room?.shape[0] === count) return room;
    room?.dispose();
    return (this.#rooms[turn] = this.#table.allocate(count));
  }
}
