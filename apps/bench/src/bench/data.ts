import { writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { breakOnInterrupt } from "../interruption/break-on-interrupt.ts";

/** How ids are spread: evenly, or as the words of a language are (Zipf's law with exponent 1, id 0 the most frequent). */
export const spreads = ["uniform", "Zipf"] as const;
export type Spread = (typeof spreads)[number];

/** Values that this process and its peers share; the file holds the same bytes. */
export interface Shared<T extends Float32Array | Int32Array> {
  readonly values: T;
  readonly path: string;
}

/**
 * Random numbers of 0 to below 1, the same in every run (xorshift32, Marsaglia 2003).
 *
 * @param seed - Not 0.
 */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/**
 * Ids of 0 to below `rows`.
 *
 * @param rows - Of the table.
 * @param count - How many ids.
 * @param spread - How they are spread.
 */
export function makeIds(rows: number, count: number, spread: Spread): Int32Array {
  const random = randomNumbers(0x9e3779b9);
  const ids = new Int32Array(count);
  const range = Math.log(rows + 1);
  for (let i = 0; i < count; i++) {
    // floor((rows + 1)^u) is k with probability log((k + 1) / k) / log(rows + 1), which is 1 / k but for the first few.
    ids[i] = spread === "uniform" ? Math.floor(random() * rows) : Math.min(rows, Math.floor(Math.exp(random() * range))) - 1;
  }
  return ids;
}

/** Keeps the tables and ids of a run in a folder, for peers in other processes to read; the last table only. */
export class SharedData {
  readonly folder: string;
  #table: { readonly key: string; readonly shared: Shared<Float32Array> } | undefined;

  readonly #forget: () => void;

  /**
   * @param folder - Exists; `remove` removes it.
   * @param forget - Called when it is gone.
   */
  constructor(folder: string, forget: () => void = () => undefined) {
    this.folder = folder;
    this.#forget = forget;
  }

  /** Removes the folder and all that is shared through it. */
  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
    this.#forget();
  }

  /**
   * Small random weights, as a table starts with.
   *
   * @param rows - How many rows.
   * @param dim - How long they are.
   */
  table(rows: number, dim: number): Shared<Float32Array> {
    const key = `${rows}x${dim}`;
    if (this.#table?.key !== key) {
      this.#table = undefined;
      const random = randomNumbers(rows + dim);
      const values = new Float32Array(rows * dim);
      breakOnInterrupt(() => {
        for (let i = 0; i < values.length; i++) values[i] = 0.1 * random() - 0.05;
      });
      this.#table = { key, shared: this.share("table.f32", values) };
    }
    return this.#table.shared;
  }

  /**
   * Writes values to a file of the folder; a file of that name is replaced.
   *
   * @param name - The file.
   * @param values - What it holds.
   */
  share<T extends Float32Array | Int32Array>(name: string, values: T): Shared<T> {
    const path = join(this.folder, name);
    writeFileSync(path, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    return { values, path };
  }
}
