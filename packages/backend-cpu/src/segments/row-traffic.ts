import type { Block } from "../storage.ts";
import type { Desk, Keep } from "./desk.ts";
import { RowCrossing } from "./row-crossing.ts";
import { SegmentOrder } from "./segment-order.ts";
import type { SegmentedBlock } from "./segmented-block.ts";

/** Rows by id between the first memory and segments. */
export class RowTraffic<F, I, U> {
  readonly #desk: Desk<F, I, U>;
  readonly #order = new SegmentOrder();

  constructor(desk: Desk<F, I, U>) {
    this.#desk = desk;
  }

  /**
   * Opens a way for rows of a tensor, which they may take more than once, and takes the memory that they need for it.
   *
   * @param keep - Owns the room that they take.
   * @param table - The segments of the tensor.
   * @param rowBytes - The length of a row.
   * @param ids - All that cross; valid ones.
   * @param most - How many of them cross at most in one call. Default: all.
   * @returns The way.
   * @throws OutOfMemoryError.
   */
  open(keep: Keep, table: SegmentedBlock<F, I, U>, rowBytes: number, ids: Int32Array, most: number = ids.length): RowCrossing<F, I, U> {
    return new RowCrossing(this.#desk, this.#order, keep, table, rowBytes, ids, most);
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
    this.#desk.with((keep) => this.open(keep, source, rowBytes, ids).gather(ids, out));
  }

  /**
   * `target[ids[i]] = rows[i]`, all of them or, where there is no memory for that, none.
   *
   * @param target - The segments of a table.
   * @param ids - Valid ids, each at most once.
   * @param rowBytes - The length of a row.
   * @param rows - In the first memory.
   */
  scatter(target: SegmentedBlock<F, I, U>, ids: Int32Array, rowBytes: number, rows: Block<F, I, U>): void {
    this.#desk.with((keep) => {
      this.open(keep, target, rowBytes, ids).scatter(ids, rows);
    });
  }
}
