import { FileAccessError } from "@rowan/api";
import type { ByteSink } from "./byte-sink.ts";
import { paths } from "./node.ts";
import { done, fileSystem, reasonOf, valueOf } from "./files.ts";
import { flushFolder, markOf, sweepTemporaries, temporaryPath } from "./temporaries.ts";

type Fs = ReturnType<typeof fileSystem>;

/** A file that is there as a whole or not at all: written under another name beside its place, flushed, renamed. */
export class FileSink implements ByteSink {
  readonly #fs: Fs;
  readonly #temporary: string;
  readonly #target: string;
  #file: number | undefined;
  /** Bytes so far. */
  #position = 0;

  private constructor(fs: Fs, temporary: string, target: string, file: number) {
    this.#fs = fs;
    this.#temporary = temporary;
    this.#target = target;
    this.#file = file;
  }

  /**
   * Begins a file. What dead writers of the same file left is swept away.
   *
   * @param target - Where it shall be; what is there stays until `commit`.
   * @returns The file, empty.
   * @throws FileAccessError when the folder cannot be written to.
   */
  static async create(target: string): Promise<FileSink> {
    const fs = fileSystem(target);
    // Found out at the end, by the rename, it would have cost the whole work.
    if (fs.statSync(target, { throwIfNoEntry: false })?.isDirectory() === true)
      throw failure(target, Object.assign(new Error("it is a folder"), { code: "EISDIR", syscall: "open" }));
    await sweepTemporaries(target);
    const temporary = temporaryPath(target);
    try {
      // "x": two writers never share a file.
      const file = await valueOf<number>((callback) => {
        fs.open(temporary, "wx", callback);
      });
      return new FileSink(fs, temporary, target, file);
    } catch (cause) {
      throw failure(target, cause);
    }
  }

  /** A part of the name of its temporary file, which no other has: eight hexadecimal digits. */
  get mark(): string {
    return markOf(this.#temporary).slice(0, 8);
  }

  /** Shows others that its writer lives, where nothing is written for long. */
  async touch(): Promise<void> {
    const now = new Date();
    await done((callback) => this.#fs.futimes(this.#file as number, now, now, callback));
  }

  async write(bytes: Uint8Array): Promise<void> {
    const file = this.#file as number;
    let at = 0;
    try {
      while (at < bytes.length) {
        const start = at;
        at += await valueOf<number>((callback) => {
          this.#fs.write(file, bytes, start, bytes.length - start, this.#position + start, callback);
        });
      }
    } catch (cause) {
      throw failure(this.#target, cause);
    }
    this.#position += bytes.length;
  }

  async commit(): Promise<void> {
    const file = this.#file as number;
    try {
      await done((callback) => this.#fs.fsync(file, callback));
      this.#file = undefined;
      await done((callback) => this.#fs.close(file, callback));
      await done((callback) => this.#fs.rename(this.#temporary, this.#target, callback));
    } catch (cause) {
      throw failure(this.#target, cause);
    }
    await flushFolder(this.#target);
  }

  async abort(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    // What went wrong is on its way to the caller already; what cannot be removed is swept by a later save.
    if (file !== undefined) await done((callback) => this.#fs.close(file, callback)).catch(() => undefined);
    await done((callback) => this.#fs.unlink(this.#temporary, callback)).catch(() => undefined);
  }
}

function failure(target: string, cause: unknown): FileAccessError {
  // The system names the temporary file, or nothing where the file is open.
  if (cause instanceof Error && "syscall" in cause)
    Object.assign(cause, { path: "code" in cause && cause.code === "ENOENT" ? paths().dirname(target) : target });
  return new FileAccessError(
    `The file ${JSON.stringify(target)} cannot be written: ${reasonOf(cause)}. What was there before is unchanged. Check the folder and the free space.`,
    { cause },
  );
}
