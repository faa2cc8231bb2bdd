import { FileAccessError, InternalError } from "@rowan/api";
import type { ByteSource } from "./byte-source.ts";
import { reasonOf } from "./files.ts";
import { iterate } from "./iterate.ts";
import { joinPieces } from "./join-pieces.ts";

/** What can be read to its end, once: a web stream, or a stream of Node's. */
export type ByteStream = ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;

/** A stream as a source that is read forwards. What is passed over is thrown away. */
export class StreamSource implements ByteSource {
  readonly name: string;
  readonly size: number | undefined;
  readonly certain = false;
  readonly forwardOnly = true;
  readonly #chunks: AsyncIterator<Uint8Array>;
  /** The last chunk that came, as far as nobody has read it. */
  #rest: Uint8Array = new Uint8Array();
  /** The place of its first byte. */
  #position = 0;
  #last: Promise<unknown> = Promise.resolve();

  /**
   * @param stream - Nobody else reads it.
   * @param name - For messages.
   * @param size - How many bytes will come, where that is known.
   */
  constructor(stream: ByteStream, name: string, size?: number) {
    this.#chunks = piecesOf(stream);
    this.name = name;
    this.size = size;
  }

  read(offset: number, length: number, into?: Uint8Array): Promise<Uint8Array> {
    // Whoever reads ahead asks before the last answer is there.
    const reading = this.#last.then(() => this.#read(offset, length, into));
    this.#last = reading.catch(() => undefined);
    return reading;
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#chunks.return?.();
  }

  async #read(offset: number, length: number, into?: Uint8Array): Promise<Uint8Array> {
    if (offset < this.#position) throw new InternalError(`a stream was asked for byte ${offset} at ${this.#position}`);
    while (this.#position + this.#rest.length <= offset) {
      this.#position += this.#rest.length;
      this.#rest = new Uint8Array();
      if (!(await this.#more())) return this.#rest;
    }
    this.#take(offset - this.#position);
    if (this.#rest.length >= length) return this.#take(length);
    // Memory grows with what really comes: a length may lie.
    const parts: Uint8Array[] = [];
    let total = 0;
    while (total < length) {
      if (this.#rest.length === 0 && !(await this.#more())) break;
      const part = this.#take(Math.min(length - total, this.#rest.length));
      if (into && into.length >= length) into.set(part, total);
      else parts.push(part);
      total += part.length;
    }
    return into && into.length >= length ? into.subarray(0, total) : joinPieces(parts);
  }

  #take(count: number): Uint8Array {
    const taken = this.#rest.subarray(0, count);
    this.#rest = this.#rest.subarray(count);
    this.#position += count;
    return taken;
  }

  async #more(): Promise<boolean> {
    let next: IteratorResult<Uint8Array>;
    try {
      next = await this.#chunks.next();
    } catch (cause) {
      throw new FileAccessError(`${this.name} broke off at byte ${this.#position}: ${reasonOf(cause)}.`, { cause });
    }
    if (next.done === true) return false;
    const chunk: unknown = next.value;
    if (!ArrayBuffer.isView(chunk)) throw new FileAccessError(`${this.name} must give bytes. Received: a chunk of type ${typeof chunk}.`);
    this.#rest = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    return true;
  }
}

function piecesOf(stream: ByteStream): AsyncIterator<Uint8Array> {
  // Node's own iterator of a web stream crashes the process where a connection ends while it is given up.
  return "getReader" in stream ? iterate(stream) : stream[Symbol.asyncIterator]();
}

/**
 * Reads a stream to its end.
 *
 * @param stream - Nobody else reads it.
 * @param name - For messages.
 * @returns All of its bytes.
 */
export async function readAll(stream: ByteStream, name: string): Promise<Uint8Array> {
  return new StreamSource(stream, name).read(0, Infinity);
}
