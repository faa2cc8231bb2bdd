import type { TypedArray } from "@rowan/api";
import type { GpuTensor } from "./gpu-tensor.ts";
import type { HostedRows } from "./hosted-rows.ts";

/** The rows of a tensor on the host that are in use on the device. */
export interface RowCache {
  readonly rows: HostedRows;
  /** `[capacity, width]` on the device. */
  tensor: GpuTensor;
  /** A write-back is on its way. */
  isWritingBack: boolean;
}

/** Where a tensor lies for which the device has no room: its elements on the host, and rows in use in a cache on the device. */
export class HostPlace {
  /** All elements, but for those of changed rows, whose newest values are in the cache. */
  readonly values: TypedArray;
  /** Made when rows are asked for first. */
  cache: RowCache | undefined;
  /** The device was asked whether it has room, and nothing but writes was called since: these go to the values. */
  isAsking = false;
  #formerHits = 0;
  #formerMisses = 0;

  /** @param values - The elements. */
  constructor(values: TypedArray) {
    this.values = values;
  }

  /** Of the rows that were asked for: how many were in a cache. */
  get hits(): number {
    return this.#formerHits + (this.cache?.rows.hits ?? 0);
  }

  /** Of the rows that were asked for: how many had to be brought. */
  get misses(): number {
    return this.#formerMisses + (this.cache?.rows.misses ?? 0);
  }

  /** The cache is gone; what it was asked for counts. */
  forget(): void {
    [this.#formerHits, this.#formerMisses] = [this.hits, this.misses];
    this.cache = undefined;
  }
}
