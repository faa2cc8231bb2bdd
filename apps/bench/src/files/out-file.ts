import { open, rename, rm, stat } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { noteUnfinished } from "../interruption/unfinished.ts";
import { refuseFolder } from "./refuse-folder.ts";

/** A file that is being written. */
export interface OutFile {
  /** How many bytes it has so far. */
  readonly bytes: number;
  /** Whether bytes that were written can be replaced. */
  readonly canReplace: boolean;
  /** Appends bytes; they must stay as they are until the promise resolves. */
  write(bytes: Uint8Array): Promise<void>;
  /** Replaces bytes that were written before. */
  replace(bytes: Uint8Array, position: number): Promise<void>;
  /**
   * Cuts off what a write that failed has left, and waits until the rest would survive the machine's end.
   *
   * @param bytes - How many of them count: no more than there are.
   */
  sync(bytes: number): Promise<void>;
  /** All is written: from now on it is there under its name. */
  commit(): Promise<void>;
  /**
   * Ends it without giving it its name.
   *
   * @param keep - What is written stays beside its place, to go on from there.
   */
  abort(keep?: boolean): Promise<void>;
}

/**
 * Where a file is while it is written.
 *
 * @param path - Its name when it is complete.
 */
export function partPath(path: string): string {
  return `${path}.part`;
}

/**
 * Begins a file, or goes on with one. A regular file is written beside its place and appears when it is complete; a device or a pipe gets
 * its bytes at once.
 *
 * @param path - Where it shall be.
 * @param keep - How many bytes that an earlier run wrote are kept; the file begins anew when left out.
 * @returns The file; end it with `commit` or `abort`.
 * @throws The system's error, with the path that it is about.
 */
export async function createOutFile(path: string, keep?: number): Promise<OutFile> {
  const there = await stat(path).catch(() => undefined);
  refuseFolder(path, there);
  const isSpecial = there !== undefined && !there.isFile();
  try {
    if (isSpecial) return new NamedFile(path, path, await open(path, "w"), 0, undefined);
    const part = partPath(path);
    if (keep === undefined) await rm(part, { force: true });
    // "x": what a run that still goes on writes is never written to.
    const file = await open(part, keep === undefined ? "wx" : "r+").catch((error: unknown) => {
      throw (error as NodeJS.ErrnoException).code === "EEXIST" ? busy() : error;
    });
    if (keep !== undefined) await file.truncate(keep);
    return new NamedFile(path, part, file, keep ?? 0, (await file.stat()).ino);
  } catch (error) {
    throw about(path, error);
  }
}

/** After so many bytes they are sent on to the disk: else all of them would be at the end, and nobody could interrupt that. */
const flushBytes = 1 << 28;

class NamedFile implements OutFile {
  readonly canReplace: boolean;
  readonly #path: string;
  readonly #part: string;
  readonly #file: FileHandle;
  #bytes: number;
  #flushed: number;
  #flushing: Promise<void> = Promise.resolve();
  /** Undefined where what is written stays whatever happens. */
  #forget: (() => void) | undefined;

  constructor(path: string, part: string, file: FileHandle, bytes: number, inode: number | undefined) {
    this.#path = path;
    this.#part = part;
    this.#file = file;
    this.#bytes = bytes;
    this.#flushed = bytes;
    this.canReplace = part !== path;
    // What an earlier run left to go on from stays.
    if (this.canReplace && bytes === 0) this.#forget = noteUnfinished(part, inode);
  }

  get bytes(): number {
    return this.#bytes;
  }

  async write(bytes: Uint8Array): Promise<void> {
    await this.#put(bytes, this.canReplace ? this.#bytes : null);
    this.#bytes += bytes.length;
    if (!this.canReplace || this.#bytes - this.#flushed < flushBytes) return;
    // Beside further writing; but no more than one piece is on its way.
    await this.#flushing;
    this.#flushed = this.#bytes;
    this.#flushing = this.#flush();
    // It is awaited with the next piece.
    this.#flushing.catch(() => undefined);
  }

  async replace(bytes: Uint8Array, position: number): Promise<void> {
    await this.#put(bytes, position);
  }

  async sync(bytes: number): Promise<void> {
    if (!this.canReplace) return;
    await this.#flushing;
    await this.#file.truncate(bytes);
    this.#bytes = bytes;
    await this.#flush();
    this.#forget?.();
  }

  async commit(): Promise<void> {
    try {
      if (this.canReplace) {
        await this.#flushing;
        await this.#file.sync();
        // Another run may have begun the same file anew: what it has written so far must not get the name.
        const [own, there] = [await this.#file.stat(), await stat(this.#part).catch(() => undefined)];
        // Or it has even ended by now, and its file has the name.
        if (own.ino !== there?.ino) throw busy();
      }
      await this.#file.close();
      if (!this.canReplace) return;
      await rename(this.#part, this.#path);
      this.#forget?.();
      await flushFolder(dirname(this.#path));
    } catch (error) {
      throw about(this.#path, error);
    }
  }

  async abort(keep = false): Promise<void> {
    if (keep) this.#forget?.();
    await this.#flushing.catch(() => undefined);
    const own = await this.#file.stat().catch(() => undefined);
    await this.#file.close().catch(() => undefined);
    if (keep || !this.canReplace) return;
    const there = await stat(this.#part).catch(() => undefined);
    if (own === undefined || there?.ino === own.ino) await rm(this.#part, { force: true });
    this.#forget?.();
  }

  async #flush(): Promise<void> {
    await this.#file.datasync().catch((error: unknown) => {
      throw about(this.#path, error);
    });
  }

  async #put(bytes: Uint8Array, position: number | null): Promise<void> {
    try {
      for (let at = 0; at < bytes.length;) {
        at += (await this.#file.write(bytes, at, bytes.length - at, position === null ? null : position + at)).bytesWritten;
      }
    } catch (error) {
      throw about(this.#path, error);
    }
  }
}

function busy(): Error {
  return Object.assign(new Error("another run writes it"), { code: "EBUSY", syscall: "rename" });
}

/** The system names the file beside its place, or none; people know the file by its own name. */
function about(path: string, error: unknown): unknown {
  if (error instanceof Error && "code" in error) return Object.assign(error, { path: error.code === "ENOENT" ? dirname(path) : path });
  return error;
}

/** Makes a rename last, where the system can do that; Windows opens no folders. */
async function flushFolder(path: string): Promise<void> {
  const folder = await open(path).catch(() => undefined);
  if (!folder) return;
  await folder.sync().catch(() => undefined);
  await folder.close();
}
