import { writeFileSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createPause } from "../interruption/pause.ts";
import { untilInterrupted } from "../interruption/until-interrupted.ts";

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

/** So many values are worked on between two looks at the signal. */
const pieceValues = 2 ** 20;

/**
 * Works on something large in pieces, so that signals have their turn.
 *
 * @param count - How many there are to work on.
 * @param signal - Ends it.
 * @param work - Works on a piece of them: from the first up to the one that it ends before.
 * @param each - How many values each of them has; 1 when left out.
 * @throws InterruptedError where the signal was set off meanwhile.
 */
export async function inPieces(
  count: number,
  signal: AbortSignal,
  work: (from: number, to: number) => Promise<void> | void,
  each = 1,
): Promise<void> {
  const pause = createPause(signal);
  const step = Math.max(1, Math.floor(pieceValues / each));
  for (let from = 0; from < count; from += step) {
    await pause();
    await work(from, Math.min(count, from + step));
  }
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

  readonly #signal: AbortSignal;
  readonly #forget: () => void;

  /**
   * @param folder - Exists; `remove` removes it.
   * @param signal - Ends the making of tables.
   * @param forget - Called when it is gone.
   */
  constructor(folder: string, signal: AbortSignal, forget: () => void = () => undefined) {
    this.folder = folder;
    this.#signal = signal;
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
   * @throws InterruptedError where the signal was set off meanwhile.
   */
  async table(rows: number, dim: number): Promise<Shared<Float32Array>> {
    const key = `${rows}x${dim}`;
    if (this.#table?.key !== key) {
      this.#table = undefined;
      const random = randomNumbers(rows + dim);
      const values = new Float32Array(rows * dim);
      await inPieces(values.length, this.#signal, (from, to) => {
        for (let i = from; i < to; i++) values[i] = 0.1 * random() - 0.05;
      });
      const path = join(this.folder, "table.f32");
      await untilInterrupted(writeFile(path, bytesOf(values), { signal: this.#signal }), this.#signal);
      this.#table = { key, shared: { values, path } };
    }
    return this.#table.shared;
  }

  /**
   * Writes not too many values to a file of the folder; a file of that name is replaced.
   *
   * @param name - The file.
   * @param values - What it holds.
   */
  share<T extends Float32Array | Int32Array>(name: string, values: T): Shared<T> {
    const path = join(this.folder, name);
    writeFileSync(path, bytesOf(values));
    return { values, path };
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array | Int32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
