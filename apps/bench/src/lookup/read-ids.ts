import { NpyReader } from "@rowan/serialize";

/** The integer dtypes of NumPy, without byte order. */
const kinds = ["i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"];
const largest = 2 ** 31 - 1;

type Integers = Int8Array | Int16Array | Int32Array | Uint8Array | Uint16Array | Uint32Array | BigInt64Array | BigUint64Array;

const views: Readonly<Record<string, (buffer: ArrayBufferLike, offset: number, length: number) => Integers>> = {
  i1: (buffer, offset, length) => new Int8Array(buffer, offset, length),
  i2: (buffer, offset, length) => new Int16Array(buffer, offset, length),
  i4: (buffer, offset, length) => new Int32Array(buffer, offset, length),
  i8: (buffer, offset, length) => new BigInt64Array(buffer, offset, length),
  u1: (buffer, offset, length) => new Uint8Array(buffer, offset, length),
  u2: (buffer, offset, length) => new Uint16Array(buffer, offset, length),
  u4: (buffer, offset, length) => new Uint32Array(buffer, offset, length),
  u8: (buffer, offset, length) => new BigUint64Array(buffer, offset, length),
};

/** An id that a table does not have. */
export interface InvalidIds {
  /** The first one as it stands in the file. */
  readonly value: bigint;
  /** Its place among all ids. */
  readonly position: number;
  readonly count: number;
}

/** The ids of a `.npy` file, a batch at a time. */
export class IdReader {
  readonly reader: NpyReader;
  readonly #kind: string;
  readonly #bytes: Uint8Array;
  readonly #ids: Int32Array;

  private constructor(reader: NpyReader, batch: number) {
    this.reader = reader;
    this.#kind = reader.header.descr.slice(1);
    this.#bytes = new Uint8Array(batch * reader.itemBytes);
    this.#ids = new Int32Array(batch);
  }

  /**
   * Opens a file of integers of any width and shape.
   *
   * @param path - The file.
   * @param batch - How many ids are read at once.
   */
  static async open(path: string, batch: number): Promise<IdReader> {
    const reader = await NpyReader.open(path, kinds, "integers");
    return new IdReader(reader, Math.max(1, Math.min(batch, reader.size)));
  }

  /**
   * The next ids. What int32 cannot hold becomes the nearest number that it can: no table is that large, so it is out of range as before.
   *
   * @returns At most `batch` ids, valid until the next call; empty at the end.
   */
  async next(): Promise<Int32Array> {
    const values = await this.#read();
    const ids = this.#ids.subarray(0, values.length);
    if (values instanceof BigInt64Array || values instanceof BigUint64Array) narrow(values, ids);
    else if (values instanceof Uint32Array) for (let i = 0; i < ids.length; i++) ids[i] = Math.min(values[i] as number, largest);
    else ids.set(values);
    return ids;
  }

  /**
   * Reads all ids once more, to say exactly what is wrong with them.
   *
   * @param rows - Valid are 0 to rows - 1.
   */
  async findInvalid(rows: number): Promise<InvalidIds | undefined> {
    await this.reader.rewind();
    let found: { value: bigint; position: number; count: number } | undefined;
    for (let from = 0; this.reader.left > 0;) {
      const values = await this.#read();
      for (let i = 0; i < values.length; i++) {
        const value = values[i] as number | bigint;
        if (value >= 0 && value < rows) continue;
        found ??= { value: BigInt(value), position: from + i, count: 0 };
        found.count++;
      }
      from += values.length;
    }
    return found;
  }

  async #read(): Promise<Integers> {
    const { buffer, byteOffset, length } = await this.reader.read(this.#bytes);
    const view = views[this.#kind] as (typeof views)[string];
    return view(buffer, byteOffset, length / this.reader.itemBytes);
  }
}

/** Takes 64-bit integers apart: reading them as BigInt would allocate one for each id. */
function narrow(values: BigInt64Array | BigUint64Array, ids: Int32Array): void {
  const words = new Int32Array(values.buffer, values.byteOffset, values.length * 2);
  const unsigned = values instanceof BigUint64Array;
  for (let i = 0; i < ids.length; i++) {
    const low = words[2 * i] as number;
    const high = words[2 * i + 1] as number;
    // The upper word of a number that fits repeats the sign of the lower one.
    ids[i] = high === low >> 31 && !(unsigned && high < 0) ? low : high < 0 && !unsigned ? -largest : largest;
  }
}
