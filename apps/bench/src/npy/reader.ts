import { open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { FileError } from "../failure.ts";
import { headerLength, parseHeader, prefixBytes } from "./header.ts";
import type { NpyHeader } from "./header.ts";

/** The values of a `.npy` file, in order, a block at a time. Memory does not grow with the file. */
export class NpyReader {
  readonly name: string;
  readonly header: NpyHeader;
  /** How many values there are. */
  readonly size: number;
  readonly #file: FileHandle;
  readonly #itemBytes: number;
  #next = 0;

  private constructor(name: string, file: FileHandle, header: NpyHeader) {
    this.name = name;
    this.#file = file;
    this.header = header;
    this.size = header.shape.reduce((size, extent) => size * extent, 1);
    this.#itemBytes = Number(header.descr.slice(2));
  }

  /**
   * Opens a file and checks that all of it is there.
   *
   * @param path - The file.
   * @param kinds - The dtypes that are wanted, without byte order: `["f4"]`.
   * @param wanted - How messages call them: `"float32"`.
   * @returns A reader in front of the first value. Close it.
   * @throws FileError when it is no `.npy` file of such numbers in C order, or is cut off; the system's error when it cannot be read.
   */
  static async open(path: string, kinds: readonly string[], wanted: string): Promise<NpyReader> {
    const file = await open(path, "r");
    try {
      const { size: bytes } = await file.stat().then((stat) => (stat.isDirectory() ? Promise.reject(isFolder(path)) : stat));
      const offset = headerLength(await readUpTo(file, prefixBytes, path), path);
      const header = parseHeader(await readUpTo(file, offset, path), path);
      checkForm(path, header, kinds, wanted);
      const reader = new NpyReader(path, file, header);
      const needed = offset + reader.size * reader.#itemBytes;
      if (!Number.isSafeInteger(needed))
        throw new FileError(`${path} names a shape that no file can hold. Received: (${header.shape.join(", ")}).`);
      if (bytes < needed)
        throw new FileError(`${path} is cut off: its header promises ${needed} bytes. Received: ${bytes} bytes. Write it again.`);
      return reader;
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** How many bytes one value takes. */
  get itemBytes(): number {
    return this.#itemBytes;
  }

  /** How many values were not read yet. */
  get left(): number {
    return this.size - this.#next;
  }

  /**
   * Fills memory with the next values.
   *
   * @param into - Room for a whole number of values; it is filled as far as values are left.
   * @returns The part that was filled; empty at the end.
   */
  async read(into: Buffer): Promise<Buffer> {
    const count = Math.min(Math.floor(into.length / this.#itemBytes), this.left);
    const length = count * this.#itemBytes;
    const position = this.header.offset + this.#next * this.#itemBytes;
    for (let done = 0; done < length;) {
      const { bytesRead } = await this.#file.read(into, done, length - done, position + done);
      if (bytesRead === 0) throw new FileError(`${this.name} became shorter while it was read. Wait for the program that writes it.`);
      done += bytesRead;
    }
    this.#next += count;
    return into.subarray(0, length);
  }

  /** Goes back to the first value. */
  rewind(): void {
    this.#next = 0;
  }

  /** Closes the file. */
  async close(): Promise<void> {
    await this.#file.close();
  }
}

function isFolder(path: string): Error {
  return Object.assign(new Error(`${path} is a folder`), { code: "EISDIR", syscall: "open", path });
}

async function readUpTo(file: FileHandle, length: number, path: string): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  const { bytesRead } = await file.read(bytes, 0, length, 0).catch((error: unknown) => {
    throw Object.assign(error as Error, { path });
  });
  return bytes.subarray(0, bytesRead);
}

function checkForm(name: string, { descr, fortranOrder, shape }: NpyHeader, kinds: readonly string[], wanted: string): void {
  const order = descr[0] ?? "";
  const kind = descr.slice(1);
  if (!/^[<>|=]\w\d+$/.test(descr) || !kinds.includes(kind)) {
    throw new FileError(`${name} must hold ${wanted}. Received: ${describeDtype(descr)}. Convert it in NumPy with .astype().`);
  }
  if (order === ">") {
    throw new FileError(
      `${name} must be little-endian. Received: big-endian ${describeDtype(descr)}. Convert it with array.astype("<${kind}").`,
    );
  }
  // Of an array with one axis both orders are the same.
  if (fortranOrder && shape.length > 1) {
    throw new FileError(`${name} must be in C order. Received: Fortran order. Convert it with numpy.ascontiguousarray(array).`);
  }
}

/** NumPy's long names of its dtypes. */
function describeDtype(descr: string): string {
  const kind = { i: "int", u: "uint", f: "float", c: "complex", b: "bool", S: "bytes", U: "text", O: "objects" }[descr[1] ?? ""];
  const bytes = Number(descr.slice(2));
  if (kind === undefined) return `dtype ${descr}`;
  return /[iufc]/.test(descr[1] ?? "") ? `${kind}${bytes * 8}` : kind;
}
