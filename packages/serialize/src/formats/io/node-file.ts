import type { FileHandle } from "node:fs/promises";
import type { FileSink, FileSource } from "./file-source.ts";

/** The only file that knows Node's modules; they are loaded when a path is opened, so that browsers take this package as it is. */
const pieceBytes = 1 << 18;

/**
 * Opens a path for reading.
 *
 * @param path - A path, or a `file:` URL.
 * @returns The file.
 * @throws The system's error, with `path`, where it cannot be opened or is a folder.
 */
export async function openPath(path: string | URL): Promise<FileSource> {
  const { open } = await import("node:fs/promises");
  const name = await plainPath(path);
  const file = await open(name, "r");
  try {
    const stat = await file.stat();
    if (stat.isDirectory()) throw Object.assign(new Error(`EISDIR: ${name} is a folder`), { code: "EISDIR", syscall: "open", path: name });
    // A pipe or a device has no length, and no places to go to.
    if (!stat.isFile()) return { name, size: undefined, stream: () => pieces(file, name, null), close: () => file.close() };
    return {
      name,
      size: stat.size,
      stream: () => pieces(file, name, 0),
      readAt: (offset, length) => readAt(file, name, offset, length),
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** The next piece is read while the one before is worked on. */
async function* pieces(file: FileHandle, name: string, from: number | null): AsyncGenerator<Uint8Array> {
  let position = from;
  const read = async (): Promise<Uint8Array> => {
    const bytes = new Uint8Array(pieceBytes);
    const { bytesRead } = await naming(name, file.read(bytes, 0, pieceBytes, position));
    if (position !== null) position += bytesRead;
    return bytes.subarray(0, bytesRead);
  };
  for (let ahead = read(); ;) {
    const piece = await ahead;
    if (piece.length === 0) return;
    ahead = read();
    // It is awaited in the next round, or by nobody where the reader has enough.
    ahead.catch(() => undefined);
    yield piece;
  }
}

async function readAt(file: FileHandle, name: string, offset: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await naming(name, file.read(bytes, done, length - done, offset + done));
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return bytes.subarray(0, done);
}

/**
 * Starts a file that appears under its name only when all of it is there: it is written beside it, flushed, and renamed.
 *
 * @param path - Where it shall appear: a path, or a `file:` URL.
 * @returns The file.
 * @throws The system's error, with `path`, where it cannot be written.
 */
export async function createPath(path: string | URL): Promise<FileSink> {
  const { open, rename, rm, stat } = await import("node:fs/promises");
  const paths = await import("node:path");
  const name = await plainPath(path);
  const folder = paths.dirname(name);
  if ((await stat(name).catch(() => undefined))?.isDirectory() === true) {
    throw Object.assign(new Error(`EISDIR: ${name} is a folder`), { code: "EISDIR", syscall: "open", path: name });
  }
  const { pid } = (globalThis as { process?: { pid: number } }).process ?? { pid: 0 };
  const temporary = paths.join(folder, `.${paths.basename(name)}.${pid}.${Math.random().toString(36).slice(2, 8)}.part`);
  const file = await open(temporary, "wx").catch((error: unknown) => {
    throw Object.assign(error as Error, { path: (error as NodeJS.ErrnoException).code === "ENOENT" ? folder : name });
  });
  return {
    name,
    async write(bytes) {
      for (let done = 0; done < bytes.length;) {
        const { bytesWritten } = await naming(name, file.write(bytes, done, bytes.length - done));
        done += bytesWritten;
      }
    },
    async close() {
      await naming(name, file.sync());
      await naming(name, file.close());
      await naming(name, rename(temporary, name));
      // Windows cannot open a folder to flush it.
      const handle = await open(folder, "r").catch(() => undefined);
      await handle?.sync().catch(() => undefined);
      await handle?.close();
    },
    async abort() {
      await file.close().catch(() => undefined);
      await rm(temporary, { force: true });
    },
  };
}

async function plainPath(path: string | URL): Promise<string> {
  if (typeof path === "string" && !path.startsWith("file:")) return path;
  const { fileURLToPath } = await import("node:url");
  return fileURLToPath(path);
}

/** The system's errors about an open file do not say which one it is. */
async function naming<T>(name: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw Object.assign(error as Error, { path: name });
  }
}
