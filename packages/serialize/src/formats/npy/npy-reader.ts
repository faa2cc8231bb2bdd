import { FormatError, countOf } from "@rowan/api";
import { countElements } from "../arrays/array-form.ts";
import { widthOf } from "../arrays/element-kinds.ts";
import { ByteReader } from "../../io/byte-reader.ts";
import type { OpenFile } from "../../io/open-file.ts";
import { isLittle } from "../../io/little-endian.ts";
import { openFile } from "../../io/open-file.ts";
import type { Source } from "../../io/open-source.ts";
import { describeDtype, kindOfHeader, takeHeader } from "./header.ts";
import type { NpyHeader } from "./header.ts";

/** The values of a `.npy` file, in order, a block at a time. Memory does not grow with the file. */
export class NpyReader {
  readonly name: string;
  readonly header: NpyHeader;
  /** How many values there are. */
  readonly size: number;
  /** How many bytes one value takes. */
  readonly itemBytes: number;
  readonly #file: OpenFile;
  #reader: ByteReader;
  #next = 0;

  private constructor(file: OpenFile, reader: ByteReader, header: NpyHeader, size: number, itemBytes: number) {
    this.name = file.name;
    this.#file = file;
    this.#reader = reader;
    this.header = header;
    this.size = size;
    this.itemBytes = itemBytes;
  }

  /**
   * Opens a file and checks that all of it is there.
   *
   * @param source - The file.
   * @param kinds - The dtypes that are wanted, without byte order: `["f4"]`.
   * @param wanted - How messages call them: `"float32"`.
   * @returns A reader in front of the first value. Close it.
   * @throws FormatError when it is no `.npy` file of such numbers in C order, or is cut off; the system's error when it cannot be read.
   */
  static async open(source: Source, kinds: readonly string[], wanted: string): Promise<NpyReader> {
    const file = await openFile(source);
    const reader = new ByteReader(file.name, file.stream());
    try {
      const header = await takeHeader(reader);
      const { kind, bigEndian } = kindOfHeader(header, file.name, kinds, wanted);
      checkOrder(file.name, header, bigEndian);
      const size = countElements(file.name, header.shape, widthOf(kind));
      const needed = header.offset + size * widthOf(kind);
      if (file.size !== undefined && file.size < needed)
        throw new FormatError(
          `${file.name} is cut off: its header promises ${countOf(needed, "byte")}. Received: ${countOf(file.size, "byte")}. Write it again.`,
        );
      return new NpyReader(file, reader, header, size, widthOf(kind));
    } catch (error) {
      await reader.cancel();
      await file.close();
      throw error;
    }
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
   * @throws FormatError where the file has become shorter.
   */
  async read(into: Uint8Array): Promise<Uint8Array> {
    const count = Math.min(Math.floor(into.length / this.itemBytes), this.left);
    const part = into.subarray(0, count * this.itemBytes);
    if ((await this.#reader.fill(part)) < part.length)
      throw new FormatError(
        `${this.name} ends before its last value. Received: fewer bytes than its header promises. Wait for the program that writes it.`,
      );
    this.#next += count;
    return part;
  }

  /** Goes back to the first value. Not for streams, which have no way back. */
  async rewind(): Promise<void> {
    await this.#reader.cancel();
    this.#reader = new ByteReader(this.name, this.#file.stream());
    await takeHeader(this.#reader);
    this.#next = 0;
  }

  /** Closes the file. */
  async close(): Promise<void> {
    await this.#reader.cancel();
    await this.#file.close();
  }
}

/** Values are handed over as they lie in the file. */
function checkOrder(name: string, { descr, fortranOrder, shape }: NpyHeader, bigEndian: boolean): void {
  if (bigEndian === isLittle && !/^.[iub]1$/.test(descr)) {
    throw new FormatError(
      `${name} must be little-endian. Received: big-endian ${describeDtype(descr)}. Convert it with array.astype("<${descr.slice(1)}").`,
    );
  }
  // Of an array with one axis both orders are the same.
  if (fortranOrder && shape.length > 1)
    throw new FormatError(`${name} must be in C order. Received: Fortran order. Convert it with numpy.ascontiguousarray(array).`);
}
