import type { TensorRef } from "@rowan/api";
import type { Block } from "../storage.ts";
import type { Desk, Keep } from "./desk.ts";
import type { SegmentOrder } from "./segment-order.ts";
import type { Segment, SegmentedBlock } from "./segmented-block.ts";

/** What rows take in the memory of a segment while they cross. */
interface Room<F, I, U> {
  readonly ids: Block<F, I, U>;
  readonly rows: Block<F, I, U>;
}

/**
 * Rows of one tensor between its segments and the first memory, and the room that they take in both while they cross. Ids are sorted by
 * segment, piece by piece; the kernels of each segment's memory gather or scatter its own; what they give is brought over in one stretch
 * and put where it belongs.
 */
export class RowCrossing<F, I, U> {
  readonly #desk: Desk<F, I, U>;
  readonly #order: SegmentOrder;
  readonly #keep: Keep;
  readonly #table: SegmentedBlock<F, I, U>;
  readonly #rowBytes: number;
  /** The most rows that cross at once; 0 where a border may cut rows, or rows are empty. */
  readonly #step: number;
  readonly #rooms: (Room<F, I, U> | undefined)[] = [];
  #sorted: Block<F, I, U> | undefined;
  #places: Block<F, I, U> | undefined;

  /**
   * @param desk - The first memory.
   * @param order - Sorts ids.
   * @param keep - Owns the room.
   * @param table - The segments.
   * @param rowBytes - The length of a row.
   * @param most - How many ids cross at most in one call.
   */
  constructor(desk: Desk<F, I, U>, order: SegmentOrder, keep: Keep, table: SegmentedBlock<F, I, U>, rowBytes: number, most: number) {
    this.#desk = desk;
    this.#order = order;
    this.#keep = keep;
    this.#table = table;
    this.#rowBytes = rowBytes;
    this.#step = rowBytes > 0 && table.segmentBytes % rowBytes === 0 ? Math.min(most, desk.rowsOfPiece(rowBytes)) : 0;
  }

  /**
   * Takes all the room that these rows need: what follows finds memory.
   *
   * @param ids - Valid ids.
   * @throws OutOfMemoryError.
   */
  reserve(ids: Int32Array): void {
    if (this.#step === 0 || ids.length === 0) return;
    this.#room();
    const rowsPerSegment = this.#table.segmentBytes / this.#rowBytes;
    for (const id of ids) this.#roomIn(Math.floor(id / rowsPerSegment));
  }

  /**
   * `out[i] = table[ids[i]]`.
   *
   * @param ids - Valid ids.
   * @param out - In the first memory.
   */
  gather(ids: Int32Array, out: Block<F, I, U>): void {
    const { kernels, storage } = this.#desk.context;
    const rowBytes = this.#rowBytes;
    if (this.#step === 0) {
      this.#oneByOne(ids, (row, place) => this.#desk.copyBytes(this.#table, row, out, place, rowBytes));
      return;
    }
    this.#inPieces(ids, (from, count, ends, sorted, places) => {
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
   * @param ids - Valid ids, each at most once; of those that there was room reserved for, so that nothing is half written.
   * @param rows - In the first memory.
   */
  scatter(ids: Int32Array, rows: Block<F, I, U>): void {
    const { kernels, storage } = this.#desk.context;
    const rowBytes = this.#rowBytes;
    if (this.#step === 0) {
      this.#oneByOne(ids, (row, place) => this.#desk.copyBytes(rows, place, this.#table, row, rowBytes));
      return;
    }
    this.#inPieces(ids, (from, count, ends, sorted, places) => {
      kernels.gatherRows(storage.window(rows, from * rowBytes).u8, places.i32, sorted.u8, count, rowBytes);
      for (let index = 0, start = 0; index < ends.length; start = ends[index++] as number) {
        const length = (ends[index] as number) - start;
        if (length === 0) continue;
        const { block, memory } = this.#table.segments[index] as Segment<F, I, U>;
        const { context } = memory;
        const room = this.#roomIn(index);
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

  #inPieces(
    ids: Int32Array,
    work: (from: number, count: number, ends: Int32Array, sorted: Block<F, I, U>, places: Block<F, I, U>) => void,
  ): void {
    const { segmentBytes, segments } = this.#table;
    for (let from = 0; from < ids.length; from += this.#step) {
      const [sorted, places] = this.#room();
      const count = Math.min(this.#step, ids.length - from);
      const ends = this.#order.sort(ids.subarray(from, from + count), segmentBytes / this.#rowBytes, segments.length);
      this.#desk.context.storage.view(places, "int32", 0, count).set(this.#order.positions.subarray(0, count));
      work(from, count, ends, sorted, places);
    }
  }

  /** Rows of one segment, in the order of their ids. */
  #fetch(index: number, start: number, count: number, target: Block<F, I, U>): void {
    const { block, memory } = this.#table.segments[index] as Segment<F, I, U>;
    const { context } = memory;
    const room = this.#roomIn(index);
    context.storage.view(room.ids, "int32", 0, count).set(this.#order.local.subarray(start, start + count));
    context.kernels.gatherRows(block.u8, room.ids.i32, room.rows.u8, count, this.#rowBytes);
    const rows = context.storage.view(room.rows, "uint8", 0, count * this.#rowBytes);
    this.#desk.context.storage.view(target, "uint8", 0, count * this.#rowBytes).set(rows);
  }

  /** Room in the first memory, for rows in the order of segments and for the positions that they have among the ids. */
  #room(): readonly [sorted: Block<F, I, U>, places: Block<F, I, U>] {
    const { context } = this.#desk;
    this.#sorted ??= context.block(this.#desk.temporary(this.#keep, "uint8", [this.#step * this.#rowBytes]));
    this.#places ??= context.block(this.#desk.temporary(this.#keep, "int32", [this.#step]));
    return [this.#sorted, this.#places];
  }

  /** Room in the memory of a segment. */
  #roomIn(index: number): Room<F, I, U> {
    const found = this.#rooms[index];
    if (found) return found;
    const { context, members } = (this.#table.segments[index] as Segment<F, I, U>).memory;
    const take = (dtype: TensorRef["dtype"], length: number): Block<F, I, U> =>
      context.block(this.#keep({ handle: context.result(dtype, length), shape: [length], dtype }, members));
    const room = { ids: take("int32", this.#step), rows: take("uint8", this.#step * this.#rowBytes) };
    this.#rooms[index] = room;
    return room;
  }
}
