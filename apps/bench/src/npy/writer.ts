import { statSync } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { formatHeader } from "./header.ts";

/** Writes a `.npy` file that appears under its name only when all of it is there. */
export class NpyWriter {
  readonly #path: string;
  readonly #temporary: string;
  readonly #file: FileHandle;
  #left: number;

  private constructor(path: string, temporary: string, file: FileHandle, bytes: number) {
    this.#path = path;
    this.#temporary = temporary;
    this.#file = file;
    this.#left = bytes;
  }

  /**
   * Starts a file of float32 or int32 values.
   *
   * @param path - Where it shall appear.
   * @param descr - `"<f4"` or `"<i4"`.
   * @param shape - The extents; C order.
   * @returns A writer; end it with `finish` or `abort`.
   */
  static async create(path: string, descr: "<f4" | "<i4", shape: readonly number[]): Promise<NpyWriter> {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) {
      throw Object.assign(new Error(`${path} is a folder`), { code: "EISDIR", syscall: "open", path });
    }
    const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.part`);
    const file = await open(temporary, "w").catch((error: unknown) => {
      throw Object.assign(error as Error, { path: (error as NodeJS.ErrnoException).code === "ENOENT" ? dirname(path) : path });
    });
    const writer = new NpyWriter(
      path,
      temporary,
      file,
      shape.reduce((size, extent) => size * extent, 4),
    );
    try {
      await writer.#writeBytes(formatHeader(descr, shape));
    } catch (error) {
      await writer.abort();
      throw error;
    }
    return writer;
  }

  /**
   * Appends values.
   *
   * @param values - They must stay as they are until the promise resolves.
   */
  async write(values: Float32Array | Int32Array): Promise<void> {
    this.#left -= values.byteLength;
    await this.#writeBytes(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }

  /** Brings everything to the disk and gives the file its name. */
  async finish(): Promise<void> {
    if (this.#left !== 0) throw new Error(`${this.#path} lacks ${this.#left} bytes of what its header promises`);
    await this.#naming(this.#file.sync());
    await this.#naming(this.#file.close());
    await this.#naming(rename(this.#temporary, this.#path));
    // Windows cannot flush a folder.
    if (process.platform === "win32") return;
    const folder = await open(dirname(this.#path), "r");
    await folder.sync().finally(() => folder.close());
  }

  /** Throws away what was written. */
  async abort(): Promise<void> {
    await this.#file.close().catch(() => undefined);
    await rm(this.#temporary, { force: true });
  }

  async #writeBytes(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      const { bytesWritten } = await this.#naming(this.#file.write(bytes, done, bytes.length - done));
      done += bytesWritten;
    }
  }

  /** The system's errors about an open file do not say which one it is. */
  async #naming<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      throw Object.assign(error as Error, { path: this.#path });
    }
  }
}
