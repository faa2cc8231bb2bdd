import { FileAccessError } from "@rowan/api";
import type { ByteSource } from "./byte-source.ts";
import { done, fileSystem, reasonOf, valueOf } from "./files.ts";

type Fs = ReturnType<typeof fileSystem>;

/** A file of the system's, read by place. */
export class FileSource implements ByteSource {
  readonly name: string;
  readonly size: number;
  readonly certain = true;
  readonly forwardOnly = false;
  readonly #fs: Fs;
  #file: number | undefined;

  private constructor(fs: Fs, name: string, file: number, size: number) {
    this.#fs = fs;
    this.name = name;
    this.#file = file;
    this.size = size;
  }

  /**
   * Opens a file.
   *
   * @param path - Where it is.
   * @returns The open file.
   * @throws FileAccessError when it is not there, is no file, or may not be read.
   */
  static async open(path: string): Promise<FileSource> {
    const fs = fileSystem(path);
    const name = JSON.stringify(path);
    let file: number | undefined;
    try {
      const opened = await valueOf<number>((callback) => {
        fs.open(path, "r", callback);
      });
      file = opened;
      const stats = await valueOf<{ isFile(): boolean; size: number }>((callback) => {
        fs.fstat(opened, callback);
      });
      if (!stats.isFile()) throw Object.assign(new Error("it is a folder or a device"), { code: "EISDIR", syscall: "open", path });
      return new FileSource(fs, name, opened, stats.size);
    } catch (cause) {
      const failed = file;
      if (failed !== undefined) await done((callback) => fs.close(failed, callback));
      throw new FileAccessError(`The file ${name} cannot be opened: ${reasonOf(cause)}. Check the path.`, { cause });
    }
  }

  async read(offset: number, length: number, into?: Uint8Array): Promise<Uint8Array> {
    const file = this.#file;
    if (file === undefined) throw new FileAccessError(`The file ${this.name} was closed. Open it again.`);
    const wanted = Math.max(0, Math.min(length, this.size - offset));
    const target = into && into.length >= wanted ? into : new Uint8Array(wanted);
    let at = 0;
    while (at < wanted) {
      const start = at;
      let count: number;
      try {
        count = await valueOf<number>((callback) => {
          this.#fs.read(file, target, start, wanted - start, offset + start, callback);
        });
      } catch (cause) {
        throw new FileAccessError(`The file ${this.name} cannot be read at byte ${offset + start}: ${reasonOf(cause)}.`, { cause });
      }
      // Someone cut the file off while it was read.
      if (count === 0) break;
      at += count;
    }
    return target.subarray(0, at);
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    if (file !== undefined) await done((callback) => this.#fs.close(file, callback));
  }
}
