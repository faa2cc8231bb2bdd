import { InternalError } from "@rowan/api";
import type { Shape } from "@rowan/api";
import type { ByteSink } from "../../io/byte-sink.ts";
import { littleEndian } from "../../io/little-endian.ts";
import { openTarget } from "../../io/open-target.ts";
import type { FileTarget } from "../../io/open-target.ts";
import { formatHeader } from "./header.ts";

/** Writes a `.npy` file that appears under its name only when all of it is there. */
export class NpyWriter {
  readonly #sink: ByteSink;
  #left: number;

  private constructor(sink: ByteSink, bytes: number) {
    this.#sink = sink;
    this.#left = bytes;
  }

  /**
   * Starts a file of float32 or int32 values.
   *
   * @param target - Where it shall appear.
   * @param descr - `"<f4"` or `"<i4"`.
   * @param shape - The extents; C order.
   * @returns A writer; end it with `finish` or `abort`.
   * @throws The system's error where the file cannot be written.
   */
  static async create(target: FileTarget, descr: "<f4" | "<i4", shape: Shape): Promise<NpyWriter> {
    const sink = await openTarget(target);
    try {
      await sink.write(formatHeader(descr, shape));
    } catch (error) {
      await sink.abort(error);
      throw error;
    }
    return new NpyWriter(
      sink,
      shape.reduce((size, extent) => size * extent, 4),
    );
  }

  /**
   * Appends values.
   *
   * @param values - They must stay as they are until the promise resolves.
   */
  async write(values: Float32Array | Int32Array): Promise<void> {
    this.#left -= values.byteLength;
    await this.#sink.write(littleEndian.bytesOf(values));
  }

  /**
   * Brings everything to the disk and gives the file its name.
   *
   * @throws InternalError where values are missing or too many.
   */
  async finish(): Promise<void> {
    if (this.#left !== 0) throw new InternalError(`a .npy file lacks ${this.#left} bytes of what its header promises`);
    await this.#sink.commit();
  }

  /** Throws away what was written. */
  async abort(): Promise<void> {
    await this.#sink.abort(undefined);
  }
}
