import { createTypedArray } from "@rowan/api";
import type { DType, TypedArray } from "@rowan/api";

/** A slot without a row. */
const empty = -1;

/** Where rows are to lie in the cache, and which of them have to be brought there. */
export interface Placement {
  /** One slot for each id. */
  readonly slots: Int32Array;
  /** Rows that were not in the cache, each once, and the slots that they get. */
  readonly missing: { readonly rows: Int32Array; readonly slots: Int32Array };
}

/**
 * Rows that lie on the host, and the bookkeeping of a cache of those in use: which slot has which row, and which rows were changed there
 * since the host saw them. It computes nothing and knows no device.
 *
 * Slots are given out by a clock with a second chance, so rows that are used again and again stay. A changed row keeps its slot until
 * it was written back.
 */
export class HostedRows {
  /** All rows, but for the changed ones, whose newest values are in the cache. */
  readonly values: TypedArray;
  readonly width: number;
  hits = 0;
  misses = 0;
  readonly #dtype: DType;
  /** The slot of each row, counted from 1; 0 where it has none. */
  readonly #slotOf: Int32Array;
  #rowOf: Int32Array;
  #wasUsed: Uint8Array;
  /** The call that needed a slot last: it is not given away in that call. */
  #neededIn: Uint32Array;
  #changed: Uint8Array;
  /** Changes of each slot, so that a write-back knows whether another came in between. */
  #version: Uint32Array;
  #changedCount = 0;
  #hand = 0;
  #call = 0;

  /**
   * @param dtype - Of the values.
   * @param values - The rows, one after another.
   * @param width - Elements of a row, at least 1.
   * @param capacity - Slots of the cache, at least 1.
   */
  constructor(dtype: DType, values: TypedArray, width: number, capacity: number) {
    this.#dtype = dtype;
    this.values = values;
    this.width = width;
    this.#slotOf = new Int32Array(values.length / width);
    this.#rowOf = new Int32Array(capacity).fill(empty);
    this.#wasUsed = new Uint8Array(capacity);
    this.#neededIn = new Uint32Array(capacity);
    this.#changed = new Uint8Array(capacity);
    this.#version = new Uint32Array(capacity);
  }

  /** How many rows there are. */
  get count(): number {
    return this.#slotOf.length;
  }

  /** Slots of the cache. */
  get capacity(): number {
    return this.#rowOf.length;
  }

  /** How many rows are newer in the cache than here. */
  get changedCount(): number {
    return this.#changedCount;
  }

  /**
   * Gives rows slots.
   *
   * @param ids - Row numbers, also repeated ones.
   * @returns Where they lie; undefined where the cache has too few slots that can be given away: it must grow.
   */
  place(ids: Int32Array): Placement | undefined {
    this.#call++;
    const missing = new Set<number>();
    // What is changed or needed now cannot be given away.
    let free = this.capacity - this.#changedCount;
    for (const id of ids) {
      const slot = (this.#slotOf[id] as number) - 1;
      if (slot === empty) missing.add(id);
      else {
        if (this.#isFree(slot)) free--;
        this.#need(slot);
      }
    }
    if (missing.size > free) return undefined;
    this.hits += ids.length - missing.size;
    this.misses += missing.size;
    const rows = Int32Array.from(missing);
    const slots = rows.map((row) => this.#give(row));
    return { slots: ids.map((id) => (this.#slotOf[id] as number) - 1), missing: { rows, slots } };
  }

  /** The values of some rows, as the host has them, one after another. */
  collect(rows: Int32Array): TypedArray {
    const { values, width } = this;
    const result = createTypedArray(this.#dtype, rows.length * width);
    rows.forEach((row, i) => result.set(values.subarray(row * width, (row + 1) * width), i * width));
    return result;
  }

  /** Makes room for more slots; those in use stay as they are. */
  grow(capacity: number): void {
    const wider = <T extends Int32Array | Uint8Array | Uint32Array>(old: T, fresh: T): T => {
      fresh.set(old);
      return fresh;
    };
    this.#rowOf = wider(this.#rowOf, new Int32Array(capacity).fill(empty));
    this.#wasUsed = wider(this.#wasUsed, new Uint8Array(capacity));
    this.#neededIn = wider(this.#neededIn, new Uint32Array(capacity));
    this.#changed = wider(this.#changed, new Uint8Array(capacity));
    this.#version = wider(this.#version, new Uint32Array(capacity));
  }

  /** Marks slots whose rows become newer than the host's. */
  change(slots: Int32Array): void {
    for (const slot of slots) {
      if (this.#changed[slot] === 0) this.#changedCount++;
      this.#changed[slot] = 1;
      this.#version[slot] = (this.#version[slot] as number) + 1;
    }
  }

  /**
   * The changed rows, and a way to write them back.
   *
   * @param from - The first row that counts.
   * @param to - The row behind the last one.
   * @returns The rows and their slots; `accept` takes their values as they are now, and passes over those that change until then.
   */
  changedRows(from = 0, to: number = this.#slotOf.length): ChangedRows {
    const found: number[] = [];
    const isLong = to - from > this.capacity;
    for (let at = isLong ? 0 : from; at < (isLong ? this.capacity : to) && found.length < this.#changedCount; at++) {
      const slot = isLong ? at : (this.#slotOf[at] as number) - 1;
      if (slot === empty || this.#changed[slot] === 0) continue;
      const row = this.#rowOf[slot] as number;
      if (row >= from && row < to) found.push(slot);
    }
    const slots = Int32Array.from(found);
    const rows = slots.map((slot) => this.#rowOf[slot] as number);
    const versions = slots.map((slot) => this.#version[slot] as number);
    return {
      rows,
      slots,
      accept: (values) => {
        slots.forEach((slot, i) => {
          if (this.#version[slot] !== (versions[i] as number) >>> 0 || this.#rowOf[slot] !== rows[i] || this.#changed[slot] === 0) return;
          this.values.set(values.subarray(i * this.width, (i + 1) * this.width), (rows[i] as number) * this.width);
          this.#changed[slot] = 0;
          this.#changedCount--;
        });
      },
    };
  }

  /** The slot of a row; undefined where it has none. */
  slotOf(row: number): number | undefined {
    const slot = (this.#slotOf[row] as number) - 1;
    return slot === empty ? undefined : slot;
  }

  /** Forgets that a row is in the cache: its values here were set. */
  drop(row: number): void {
    const slot = this.slotOf(row);
    if (slot === undefined) return;
    this.#slotOf[row] = 0;
    this.#rowOf[slot] = empty;
    if (this.#changed[slot] === 1) this.#changedCount--;
    this.#changed[slot] = 0;
    this.#version[slot] = (this.#version[slot] as number) + 1;
  }

  /** Forgets the whole cache: all values here were set. */
  dropAll(): void {
    for (const row of this.#rowOf) if (row !== empty) this.drop(row);
  }

  #need(slot: number): void {
    this.#neededIn[slot] = this.#call;
    this.#wasUsed[slot] = 1;
  }

  #isFree(slot: number): boolean {
    return this.#changed[slot] === 0 && this.#neededIn[slot] !== this.#call;
  }

  /** Moves the clock's hand to a slot that can be given away, and gives it to a row. */
  #give(row: number): number {
    for (;;) {
      const slot = this.#hand;
      this.#hand = (slot + 1) % this.capacity;
      if (!this.#isFree(slot)) continue;
      const before = this.#rowOf[slot] as number;
      if (before !== empty && this.#wasUsed[slot] === 1) {
        this.#wasUsed[slot] = 0;
        continue;
      }
      if (before !== empty) this.#slotOf[before] = 0;
      this.#rowOf[slot] = row;
      this.#slotOf[row] = slot + 1;
      this.#need(slot);
      return slot;
    }
  }
}

/** Rows that are newer in the cache than on the host. */
export interface ChangedRows {
  readonly rows: Int32Array;
  readonly slots: Int32Array;
  /** Takes the values that the rows had when this was made. */
  accept(values: TypedArray): void;
}
