import type { TensorRef } from "@rowan/api";
import { NaiveBackend } from "./naive-backend.ts";
import { NaiveStorage } from "./storage.ts";

/**
 * The naive backend with float64 wherever a program says float32: the same ops, layers and losses compute with sixteen digits,
 * which is what derivatives by finite differences need.
 */
export class PreciseBackend extends NaiveBackend {
  override readonly name: string = "precise";
  override readonly device: string = "plain loops, float64 throughout";
  readonly #storage: NaiveStorage;

  constructor() {
    const storage = new NaiveStorage(2 ** 30, Float64Array);
    super(storage);
    this.#storage = storage;
  }

  /** Every digit of a tensor; `read` gives float32. */
  readExact(source: TensorRef): Float64Array {
    return Float64Array.from(this.#storage.dataOf(source));
  }

  /** Values with all their digits; `write` takes float32. */
  writeExact(target: TensorRef, values: ArrayLike<number>): void {
    this.#storage.dataOf(target).set(values);
  }
}
