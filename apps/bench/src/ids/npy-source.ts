import { NpyReader } from "@rowan/serialize";
import { FileError } from "../failure.ts";
import type { IdBatch, IdSource, Passed } from "./id-source.ts";

/** The integer dtypes of NumPy, without byte order. */
const kinds = ["i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"];
const largest = 2 ** 31 - 1;
/** However long bags are, a batch has no more ids than this and a bag's. */
const mostIds = 1 << 20;
/** A batch stays valid until two further ones were asked for. */
const turns = 3;

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

/** How a `.npy` file of ids is read. */
export interface NpyOptions {
  /** How many vectors make a batch. */
  readonly size: number;
  /** The ids of the last axis make a vector together. */
  readonly isBag: boolean;
  /** A `.npy` file of floats in the shape of the ids. */
  readonly weights: string | undefined;
}

/** Memory that batches take in turn. */
interface Room {
  readonly bytes: Uint8Array;
  readonly ids: Int32Array;
  readonly weightBytes: Uint8Array | undefined;
  readonly weights: Float32Array | undefined;
}

/** The ids of a `.npy` file of integers of any width and shape. Memory does not grow with the file. */
export class NpySource implements IdSource {
  readonly passed: Passed = { badLines: 0, firstBad: [], unknownWords: 0 };
  readonly total: number;
  readonly shape: readonly number[];
  readonly #reader: NpyReader;
  readonly #weights: NpyReader | undefined;
  readonly #kind: string;
  /** Vectors in a batch. */
  readonly #size: number;
  /** Ids in a vector. */
  readonly #width: number;
  readonly #isBag: boolean;
  readonly #rooms: readonly Room[];
  #done = 0;

  private constructor(reader: NpyReader, weights: NpyReader | undefined, { size, isBag }: NpyOptions) {
    const { shape } = reader.header;
    this.#reader = reader;
    this.#weights = weights;
    this.#kind = reader.header.descr.slice(1);
    this.#isBag = isBag;
    this.shape = isBag ? shape.slice(0, -1) : shape;
    this.#width = isBag ? (shape.at(-1) ?? 1) : 1;
    this.total = this.shape.reduce((product, extent) => product * extent, 1);
    this.#size = Math.max(1, Math.min(size, this.total, Math.floor(mostIds / Math.max(1, this.#width)) || 1));
    const count = this.#size * this.#width;
    this.#rooms = Array.from({ length: turns }, () => ({
      bytes: new Uint8Array(count * reader.itemBytes),
      ids: new Int32Array(count),
      weightBytes: weights && new Uint8Array(count * weights.itemBytes),
      weights: weights && new Float32Array(count),
    }));
  }

  /**
   * Opens a file.
   *
   * @param path - The file.
   * @param options - How it is read.
   * @throws FormatError for what is no such file; FileError for bags or weights that cannot be.
   */
  static async open(path: string, options: NpyOptions): Promise<NpySource> {
    const reader = await NpyReader.open(path, kinds, "integers");
    let weights: NpyReader | undefined;
    try {
      const { shape } = reader.header;
      if (options.isBag && shape.length < 2) {
        throw new FileError(
          `${path} must hold a row of ids for each vector, shape (vectors, ids), for --mode. Received: shape (${shape.join(", ")}). Bags of different lengths can be in a .jsonl file.`,
        );
      }
      if (options.weights !== undefined) {
        weights = await NpyReader.open(options.weights, ["f4", "f8"], "float32 or float64");
        const received = weights.header.shape.join(", ");
        if (received !== shape.join(", ")) {
          throw new FileError(`${options.weights} must have the shape of the ids, (${shape.join(", ")}). Received: shape (${received}).`);
        }
      }
      return new NpySource(reader, weights, options);
    } catch (error) {
      await reader.close();
      await weights?.close();
      throw error;
    }
  }

  get name(): string {
    return this.#reader.name;
  }

  part(): number {
    return this.total === 0 ? 1 : this.#done / this.total;
  }

  async *batches(): AsyncGenerator<IdBatch> {
    for (let turn = 0; this.#done < this.total; turn = (turn + 1) % turns) {
      yield await this.#next(this.#rooms[turn] as Room, Math.min(this.#size, this.total - this.#done));
    }
  }

  async close(): Promise<void> {
    await this.#reader.close();
    await this.#weights?.close();
  }

  async #next(room: Room, count: number): Promise<IdBatch> {
    const first = this.#done * this.#width;
    const length = count * this.#width;
    const { buffer, byteOffset } = await this.#reader.read(room.bytes.subarray(0, length * this.#reader.itemBytes));
    const values = (views[this.#kind] as (typeof views)[string])(buffer, byteOffset, length);
    const ids = room.ids.subarray(0, length);
    narrow(values, ids);
    const weights = await this.#readWeights(room, first, length);
    this.#done += count;
    return {
      count,
      ids,
      ...(this.#isBag && { offsets: Int32Array.from({ length: count + 1 }, (_, bag) => bag * this.#width) }),
      ...(weights && { weights }),
      describe: (index) => ({
        value: String(values[index]),
        place: `at position [${placeOf(first + index, this.#reader.header.shape).join(", ")}]`,
      }),
    };
  }

  /** As everywhere, a factor is a number: one that is none would spoil its whole vector in silence. */
  async #readWeights({ weightBytes, weights }: Room, first: number, length: number): Promise<Float32Array | undefined> {
    if (!this.#weights || !weightBytes || !weights) return undefined;
    const { itemBytes, header, name } = this.#weights;
    const { buffer, byteOffset } = await this.#weights.read(weightBytes.subarray(0, length * itemBytes));
    const values = itemBytes === 4 ? new Float32Array(buffer, byteOffset, length) : new Float64Array(buffer, byteOffset, length);
    const wrong = values.findIndex((value) => !Number.isFinite(value));
    if (wrong >= 0) {
      const place = placeOf(first + wrong, header.shape).join(", ");
      throw new FileError(
        `The weights in ${name} must be finite numbers. Received: ${values[wrong]} at position [${place}]. Correct them.`,
      );
    }
    if (values instanceof Float32Array) return values;
    weights.set(values);
    return weights.subarray(0, length);
  }
}

/** What int32 cannot hold becomes the nearest number that it can: no table is that large, so it is out of range as before. */
function narrow(values: Integers, ids: Int32Array): void {
  if (values instanceof Uint32Array) for (let i = 0; i < ids.length; i++) ids[i] = Math.min(values[i] as number, largest);
  else if (values instanceof BigInt64Array || values instanceof BigUint64Array) narrowLong(values, ids);
  else ids.set(values);
}

/** Takes 64-bit integers apart: reading them as BigInt would allocate one for each id. */
function narrowLong(values: BigInt64Array | BigUint64Array, ids: Int32Array): void {
  const words = new Int32Array(values.buffer, values.byteOffset, values.length * 2);
  const unsigned = values instanceof BigUint64Array;
  for (let i = 0; i < ids.length; i++) {
    const low = words[2 * i] as number;
    const high = words[2 * i + 1] as number;
    // The upper word of a number that fits repeats the sign of the lower one.
    ids[i] = high === low >> 31 && !(unsigned && high < 0) ? low : high < 0 && !unsigned ? -largest : largest;
  }
}

function placeOf(position: number, shape: readonly number[]): number[] {
  const place: number[] = [];
  let rest = position;
  for (const extent of shape.toReversed()) {
    place.unshift(rest % extent);
    rest = Math.floor(rest / extent);
  }
  return place;
}
