import { FormatError, countOf } from "@rowan/api";
import { joinPieces } from "./join-pieces.ts";

/** The bytes of a file in order: looked at ahead of time, or taken. */
export class ByteReader {
  /** The file's name, for messages. */
  readonly name: string;
  readonly #chunks: AsyncIterator<Uint8Array>;
  #buffer: Uint8Array = new Uint8Array(0);
  #position = 0;
  #ended = false;

  /**
   * @param name - How messages call the file.
   * @param stream - Its bytes.
   */
  constructor(name: string, stream: AsyncIterable<Uint8Array>) {
    this.name = name;
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  /** How many bytes were taken so far: the place of the next one. */
  get position(): number {
    return this.#position;
  }

  /**
   * The next bytes, which stay where they are.
   *
   * @param length - How many are wanted.
   * @returns That many or more; fewer at the end of the file only. Valid until the next call.
   */
  async peek(length: number): Promise<Uint8Array> {
    if (this.#buffer.length >= length || this.#ended) return this.#buffer;
    const pieces = [this.#buffer];
    for (let have = this.#buffer.length; have < length;) {
      const chunk = await this.#pull();
      if (chunk === undefined) break;
      pieces.push(chunk);
      have += chunk.length;
    }
    this.#buffer = joinPieces(pieces);
    return this.#buffer;
  }

  /**
   * Takes bytes.
   *
   * @param length - How many.
   * @param what - What they are, for the message: `"the header"`.
   * @returns Exactly that many, valid until the next call.
   * @throws FormatError when the file ends before.
   */
  async take(length: number, what: string): Promise<Uint8Array> {
    const ahead = this.#buffer.length >= length ? this.#buffer : await this.peek(length);
    if (ahead.length < length) {
      throw new FormatError(
        `${this.name} is cut off: ${what} at byte ${this.#position} must have ${countOf(length, "byte")}. Received: ${countOf(ahead.length, "byte")}. Write or download it again.`,
      );
    }
    this.#buffer = ahead.subarray(length);
    this.#position += length;
    return ahead.subarray(0, length);
  }

  /**
   * Takes whatever is there.
   *
   * @returns Some bytes, or undefined at the end of the file.
   */
  async next(): Promise<Uint8Array | undefined> {
    const chunk = this.#buffer.length > 0 ? this.#buffer : await this.#pull();
    this.#buffer = new Uint8Array(0);
    this.#position += chunk?.length ?? 0;
    return chunk;
  }

  /**
   * Copies the next bytes into memory of the caller's.
   *
   * @param into - It is filled as far as there are bytes.
   * @returns How many there were.
   */
  async fill(into: Uint8Array): Promise<number> {
    let done = 0;
    while (done < into.length) {
      const chunk = this.#buffer.length > 0 ? this.#buffer : await this.#pull();
      if (chunk === undefined) break;
      const length = Math.min(chunk.length, into.length - done);
      into.set(length === chunk.length ? chunk : chunk.subarray(0, length), done);
      this.#buffer = chunk.subarray(length);
      done += length;
    }
    this.#position += done;
    return done;
  }

  /**
   * Passes over bytes.
   *
   * @param length - How many.
   * @param what - What they are, for the message.
   * @throws FormatError when the file ends before.
   */
  async skip(length: number, what: string): Promise<void> {
    for (let left = length; left > 0;) {
      const step = Math.min(left, Math.max(this.#buffer.length, 1));
      await this.take(step, what);
      left -= step;
    }
  }

  /** Ends reading before the end of the file. */
  async cancel(): Promise<void> {
    this.#ended = true;
    this.#buffer = new Uint8Array(0);
    await this.#chunks.return?.();
  }

  async #pull(): Promise<Uint8Array | undefined> {
    while (!this.#ended) {
      const step = await this.#chunks.next();
      if (step.done === true) this.#ended = true;
      else if (step.value.length > 0) return step.value;
    }
    return undefined;
  }
}
