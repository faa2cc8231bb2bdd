import { formatNpyHeader } from "@rowan/serialize";
import { UsageError } from "../failure.ts";
import { createOutFile } from "./out-file.ts";
import type { OutFile } from "./out-file.ts";
import type { SinkOptions, SinkState, VectorSink } from "./vector-sink.ts";

/** A `.npy` file of float32. How many vectors there are may turn out at the end: NumPy's header has room for that number. */
class NpySink implements VectorSink {
  readonly #file: OutFile;
  readonly #dim: number;
  readonly #isOpen: boolean;
  #rows: number;

  constructor(file: OutFile, dim: number, isOpen: boolean, rows: number) {
    this.#file = file;
    this.#dim = dim;
    this.#isOpen = isOpen;
    this.#rows = rows;
  }

  get rows(): number {
    return this.#rows;
  }

  async write(data: Float32Array): Promise<void> {
    await this.#file.write(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    this.#rows += data.length / this.#dim;
  }

  async save(): Promise<SinkState> {
    const state = { rows: this.#rows, bytes: this.#file.bytes };
    await this.#file.sync(state.bytes);
    return state;
  }

  async finish(): Promise<void> {
    if (this.#isOpen) await this.#file.replace(formatNpyHeader("<f4", [this.#rows, this.#dim]), 0);
    await this.#file.commit();
  }

  async abort(keep?: boolean): Promise<void> {
    await this.#file.abort(keep);
  }
}

/**
 * Begins a `.npy` file of float32.
 *
 * @param options - Where, and the shape where it is known.
 * @throws UsageError for a pipe that would have to know its number of rows at its beginning.
 */
export async function createNpySink({ path, dim, shape, from }: SinkOptions): Promise<VectorSink> {
  const file = await createOutFile(path, from?.bytes);
  if (!file.canReplace && shape === undefined) {
    await file.abort();
    throw new UsageError(
      `--out ${path} must be a file: how many rows a .npy file has is known at its end. Write to a file, or to a .jsonl.`,
    );
  }
  if (from === undefined) {
    try {
      await file.write(formatNpyHeader("<f4", [...(shape ?? [0]), dim]));
    } catch (error) {
      await file.abort();
      throw error;
    }
  }
  return new NpySink(file, dim, shape === undefined, from?.rows ?? 0);
}
