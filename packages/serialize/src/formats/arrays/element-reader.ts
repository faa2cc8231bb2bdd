import type { ByteReader } from "../../io/byte-reader.ts";
import { isLittle, swapBytes } from "../../io/little-endian.ts";
import { copyElements, widthOf } from "./element-kinds.ts";
import type { ElementKind } from "./element-kinds.ts";

/** Elements are moved in pieces of at most this many bytes. */
const pieceBytes = 1 << 20;

/** Reads elements of one kind out of a file, converted to what the caller's memory holds. */
export class ElementReader {
  readonly #reader: ByteReader;
  readonly #kind: ElementKind;
  readonly #swap: boolean;
  #scratch: Uint8Array = new Uint8Array(0);

  /**
   * @param reader - In front of the first element.
   * @param kind - What the elements are.
   * @param bigEndian - Their highest byte comes first.
   */
  constructor(reader: ByteReader, kind: ElementKind, bigEndian: boolean) {
    this.#reader = reader;
    this.#kind = kind;
    this.#swap = widthOf(kind) > 1 && bigEndian === isLittle;
  }

  /**
   * Reads the next elements.
   *
   * @param into - Where they go.
   * @param offset - Where in it.
   * @param count - How many.
   * @throws FormatError where the file ends before.
   */
  async read(into: Float32Array | Int32Array | Int8Array | Uint8Array, offset: number, count: number): Promise<void> {
    const width = widthOf(this.#kind);
    for (let done = 0; done < count;) {
      const step = Math.min(count - done, pieceBytes / width);
      if (this.#scratch.length < step * width) this.#scratch = new Uint8Array(step * width);
      const bytes = this.#scratch.subarray(0, step * width);
      const have = await this.#reader.fill(bytes);
      if (have < bytes.length) await this.#reader.take(bytes.length - have, "the rest of the values");
      if (this.#swap) swapBytes(bytes, width);
      copyElements(this.#kind, bytes, into, offset + done);
      done += step;
    }
  }
}
