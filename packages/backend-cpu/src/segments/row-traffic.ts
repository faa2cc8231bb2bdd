import type { Block } from "../storage.ts";
import type { Desk } from "./desk.ts";
import type { Segment, SegmentedBlock } from "./segmented-block.ts";

/**
 * Rows by id between the first memory and segments. Ids are sorted by segment, piece by piece; the kernels of each segment's memory
 * gather or scatter its own; what they give is brought over in one stretch and put where it belongs.
 */
export class RowTraffic<F, I, U> {
  readonly #desk: Desk<F, I, U>;
  /** Row numbers within their segments, the first segment's first. */
  #local = new Int32Array(0);
  /** For each of these its position in the piece. */
  #positions = new Int32Array(0);

  constructor(desk: Desk<F, I, U>) {
    this.#desk = desk;
  }

  /**
   * `out[i] = source[ids[i]]`.
   *
   * @param source - The segments of a table.
   * @param ids - Valid ids.
   * @param rowBytes - The length of a row.
   * @param out - In the first memory.
   */
  gather(source: SegmentedBlock<F, I, U>, ids: Int32Array, rowBytes: number, out: Block<F, I, U>): void {
    const { kernels, storage } = this.#desk.context;
    if (source.segmentBytes % rowBytes !== 0) {
      this.#oneByOne(ids, rowBytes, (row, place) => this.#desk.copyBytes(source, row, out, place, rowBytes));
      return;
    }
    this.#inPieces(source, ids, rowBytes, (from, count, ends, sorted, places) => {
      const target = storage.window(out, from * rowBytes);
      const whole = ends.findIndex((end) => end > 0);
      if (ends[whole] === count) {
        this.#fetch(source.segments[whole] as Segment<F, I, U>, 0, count, rowBytes, target);
        return;
      }
      source.segments.forEach((segment, index) => {
        const start = ends[index - 1] ?? 0;
        const length = (ends[index] as number) - start;
        if (length > 0) this.#fetch(segment, start, length, rowBytes, storage.window(sorted, start * rowBytes));
      });
      kernels.scatterRows(target.u8, places.i32, sorted.u8, count, rowBytes);
    });
  }

  /**
   * `target[ids[i]] = rows[i]`.
   *
   * @param target - The segments of a table.
   * @param ids - Valid ids, each at most once.
   * @param rowBytes - The length of a row.
   * @param rows - In the first memory.
   */
  scatter(target: SegmentedBlock<F, I, U>, ids: Int32Array, rowBytes: number, rows: Block<F, I, U>): void {
    const { kernels, storage } = this.#desk.context;
    if (target.segmentBytes % rowBytes !== 0) {
      this.#oneByOne(ids, rowBytes, (row, place) => this.#desk.copyBytes(rows, place, target, row, rowBytes));
      return;
    }
    this.#inPieces(target, ids, rowBytes, (from, count, ends, sorted, places) => {
      kernels.gatherRows(storage.window(rows, from * rowBytes).u8, places.i32, sorted.u8, count, rowBytes);
      target.segments.forEach((segment, index) => {
        const start = ends[index - 1] ?? 0;
        const length = (ends[index] as number) - start;
        if (length === 0) return;
        const { context } = segment.memory;
        this.#withRoom(segment, start, length, rowBytes, (at, room) => {
          const values = storage.view(sorted, "uint8", start * rowBytes, length * rowBytes);
          context.storage.view(room, "uint8", 0, length * rowBytes).set(values);
          context.kernels.scatterRows(segment.block.u8, at.i32, room.u8, length, rowBytes);
        });
      });
    });
  }

  /** Rows that a border may cut, where a tensor is read under another shape than it was made for: right, and slow. */
  #oneByOne(ids: Int32Array, rowBytes: number, move: (row: number, place: number) => void): void {
    for (let i = 0; i < ids.length; i++) move((ids[i] as number) * rowBytes, i * rowBytes);
  }

  #inPieces(
    table: SegmentedBlock<F, I, U>,
    ids: Int32Array,
    rowBytes: number,
    work: (from: number, count: number, ends: Int32Array, sorted: Block<F, I, U>, places: Block<F, I, U>) => void,
  ): void {
    if (rowBytes === 0) return;
    const { storage } = this.#desk.context;
    const step = Math.min(ids.length, this.#desk.rowsOfPiece(rowBytes));
    if (this.#local.length < step) [this.#local, this.#positions] = [new Int32Array(step), new Int32Array(step)];
    this.#desk.with((keep) => {
      const sorted = this.#desk.context.block(this.#desk.temporary(keep, "uint8", [step * rowBytes]));
      const places = this.#desk.context.block(this.#desk.temporary(keep, "int32", [step]));
      for (let from = 0; from < ids.length; from += step) {
        const count = Math.min(step, ids.length - from);
        const ends = this.#split(ids.subarray(from, from + count), table.segmentBytes / rowBytes, table.segments.length);
        storage.view(places, "int32", 0, count).set(this.#positions.subarray(0, count));
        work(from, count, ends, sorted, places);
      }
    });
  }

  /** Sorts ids by segment, in their order within each, and tells where each segment's end. */
  #split(ids: Int32Array, rowsPerSegment: number, segments: number): Int32Array {
    const next = new Int32Array(segments);
    for (const id of ids) {
      const segment = Math.floor(id / rowsPerSegment);
      next[segment] = (next[segment] as number) + 1;
    }
    for (let segment = 0, start = 0; segment < segments; segment++) {
      const count = next[segment] as number;
      next[segment] = start;
      start += count;
    }
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i] as number;
      const segment = Math.floor(id / rowsPerSegment);
      const place = next[segment] as number;
      next[segment] = place + 1;
      this.#local[place] = id - segment * rowsPerSegment;
      this.#positions[place] = i;
    }
    return next;
  }

  #fetch(segment: Segment<F, I, U>, start: number, count: number, rowBytes: number, target: Block<F, I, U>): void {
    const { context } = segment.memory;
    this.#withRoom(segment, start, count, rowBytes, (at, room) => {
      context.kernels.gatherRows(segment.block.u8, at.i32, room.u8, count, rowBytes);
      const rows = context.storage.view(room, "uint8", 0, count * rowBytes);
      this.#desk.context.storage.view(target, "uint8", 0, count * rowBytes).set(rows);
    });
  }

  /** Row numbers, and room for their rows, in the memory of a segment. */
  #withRoom(
    segment: Segment<F, I, U>,
    start: number,
    count: number,
    rowBytes: number,
    work: (ids: Block<F, I, U>, room: Block<F, I, U>) => void,
  ): void {
    const { storage } = segment.memory.context;
    const ids = storage.allocate(count * 4);
    try {
      const room = storage.allocate(count * rowBytes);
      try {
        storage.view(ids, "int32", 0, count).set(this.#local.subarray(start, start + count));
        work(ids, room);
      } finally {
        storage.free(room);
      }
    } finally {
      storage.free(ids);
    }
  }
}
