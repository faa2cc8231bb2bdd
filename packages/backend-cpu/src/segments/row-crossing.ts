import type { DType } from "@rowan/api";
import type { Context } from "../context.ts";
import type { Members } from "../cpu-backend.ts";
import type { Block } from "../storage.ts";
import type { Desk, Keep } from "./desk.ts";
import type { SegmentOrder } from "./segment-order.ts";
import type { Segment, SegmentedBlock } from "./segmented-block.ts";

/** What rows take in a memory while they cross. */
interface Room<F, I, U> {
  /** Row numbers within a segment; in the first memory, the positions that rows have among the ids. */
  readonly ids: Block<F, I, U>;
  readonly rows: Block<F, I, U>;
}

/**
 * Rows of one tensor between its segments and the first memory, and the room that they take in both while they cross: all of it is taken
 * at the start, so that what crosses then finds memory. Ids are sorted by segment, piece by piece; the kernels of each segment's memory
 * gather or scatter its own; what they give is brought over in one stretch and put where it belongs.
 */
export class RowCrossing<F, I, U> {
  readonly #desk: Desk<F, I, U>;
  readonly #order: SegmentOrder;
  readonly #table: SegmentedBlock<F, I, U>;
  readonly #rowBytes: number;
  /** The most rows that cross at once; 0 where a border may cut rows, or rows are empty. */
  readonly #step: number;
  /** In the first memory, in the order of segments; there is one where rows cross in pieces. */
  readonly #home: Room<F, I, U> | undefined;
  /** In the memory of each segment that has some of the rows. */
  readonly #rooms: readonly (Room<F, I, U> | undefined)[] = [];

  /**
   * @param desk - The first memory.
   * @param order - Sorts ids.
   * @param keep - Owns the room.
   * @param table - The segments.
   * @param rowBytes - The length of a row.
   * @param ids - All that cross; valid ones.
   * @param most - How many of them cross at most in one call.
   * @throws OutOfMemoryError.
   */
  constructor(
    desk: Desk<F, I, U>,
    order: SegmentOrder,
    keep: Keep,
    table: SegmentedBlock<F, I, U>,
    rowBytes: number,
    ids: Int32Array,
    most: number,
  ) {
    this.#desk = desk;
    this.#order = order;
    this.#table = table;
    this.#rowBytes = rowBytes;
    this.#step = rowBytes > 0 && table.segmentBytes % rowBytes === 0 ? Math.min(most, desk.rowsOfPiece(rowBytes)) : 0;
    if (this.#step === 0 || ids.length === 0) return;
    const take = (context: Context<F, I, U>, rows: number, members?: Members): Room<F, I, U> => {
      const block = (dtype: DType, length: number): Block<F, I, U> =>
        context.block(keep({ handle: context.result(dtype, length), shape: [length], dtype }, members));
      return { ids: block("int32", rows), rows: block("uint8", rows * rowBytes) };
    };
    this.#home = take(desk.context, this.#step);
    const counts = order.count(ids, table.segmentBytes / rowBytes, table.segments.length);
    this.#rooms = table.segments.map(({ memory }, index) => {
      const rows = Math.min(counts[index] as number, this.#step);
      return rows === 0 ? undefined : take(memory.context, rows, memory.members);
    });
  }

  /**
   * `out[i] = table[ids[i]]`.
   *
   * @param ids - Of those that cross.
   * @param out - In the first memory.
   */
  gather(ids: Int32Array, out: Block<F, I, U>): void {
    const { kernels, storage } = this.#desk.context;
    const rowBytes = this.#rowBytes;
    if (this.#step === 0) {
      this.#oneByOne(ids, (row, place) => this.#desk.copyBytes(this.#table, row, out, place, rowBytes));
      return;
    }
    this.#inPieces(ids, (from, count, ends, { ids: places, rows: sorted }) => {
      const target = storage.window(out, from * rowBytes);
      const whole = ends.findIndex((end) => end > 0);
      if (ends[whole] === count) {
        this.#fetch(whole, 0, count, target);
        return;
      }
      for (let index = 0, start = 0; index < ends.length; start = ends[index++] as number) {
        const length = (ends[index] as number) - start;
        if (length > 0) this.#fetch(index, start, length, storage.window(sorted, start * rowBytes));
      }
      kernels.scatterRows(target.u8, places.i32, sorted.u8, count, rowBytes);
    });
  }

  /**
   * `table[ids[i]] = rows[i]`.
   *
   * @param ids - Of those that cross, each at most once.
   * @param rows - In the first memory.
   */
  scatter(ids: Int32Array, rows: Block<F, I, U>): void {
    const { kernels, storage } = this.#desk.context;
    const rowBytes = this.#rowBytes;
    if (this.#step === 0) {
      this.#oneByOne(ids, (row, place) => this.#desk.copyBytes(rows, place, this.#table, row, rowBytes));
      return;
    }
    this.#inPieces(ids, (from, count, ends, { ids: places, rows: sorted }) => {
      kernels.gatherRows(storage.window(rows, from * rowBytes).u8, places.i32, sorted.u8, count, rowBytes);
      for (let index = 0, start = 0; index < ends.length; start = ends[index++] as number) {
        const length = (ends[index] as number) - start;
        if (length === 0) continue;
        const { block, memory } = this.#table.segments[index] as Segment<F, I, U>;
        const { context } = memory;
        const room = this.#rooms[index] as Room<F, I, U>;
        context.storage.view(room.ids, "int32", 0, length).set(this.#order.local.subarray(start, start + length));
        const values = storage.view(sorted, "uint8", start * rowBytes, length * rowBytes);
        context.storage.view(room.rows, "uint8", 0, length * rowBytes).set(values);
        context.kernels.scatterRows(block.u8, room.ids.i32, room.rows.u8, length, rowBytes);
      }
    });
  }

  /** Rows that a border may cut, where a tensor is read under another shape than it was made for: right, and slow. */
  #oneByOne(ids: Int32Array, move: (row: number, place: number) => void): void {
    if (this.#rowBytes === 0) return;
    for (let i = 0; i < ids.length; i++) move((ids[i] as number) * this.#rowBytes, i * this.#rowBytes);
  }

  #inPieces(ids: Int32Array, work: (from: number, count: number, ends: Int32Array, home: Room<F, I, U>) => void): void {
    const { segmentBytes, segments } = this.#table;
    const home = this.#home as Room<F, I, U>;
    for (let from = 0; from < ids.length; from += this.#step) {
      const count = Math.min(this.#step, ids.length - from);
      const ends = this.#order.sort(ids.subarray(from, from + count), segmentBytes / this.#rowBytes, segments.length);
      this.#desk.context.storage.view(home.ids, "int32", 0, count).set(this.#order.positions.subarray(0, count));
      work(from, count, ends, home);
    }
  }

  /** Rows of one segment, in the order of their ids. */
  #fetch(index: number, start: number, count: number, target: Block<F, I, U>): void {
    const { block, memory } = this.#table.segments[index] as Segment<F, I, U>;
    const { context } = memory;
    const room = this.#rooms[index] as Room<F, I, U>;
    context.storage.view(room.ids, "int32", 0, count).set(this.#order.local.subarray(start, start + count));
    context.kernels.gatherRows(block.u8, room.ids.i32, room.rows.u8, count, this.#rowBytes);
    const rows = context.storage.view(room.rows, "uint8", 0, count * this.#rowBytes);
    this.#desk.context.storage.view(target, "uint8", 0, count * this.#rowBytes).set(rows);
  }
}
