/** Where bytes go, one after another. */
export interface ByteSink {
  /**
   * Takes bytes.
   *
   * @param bytes - The caller may change them when the promise is fulfilled.
   * @throws FileAccessError when they cannot be taken.
   */
  write(bytes: Uint8Array): Promise<void>;
  /** All is written: from now on it can be read under its name. */
  commit(): Promise<void>;
  /** Something went wrong: leaves no trace. */
  abort(reason: unknown): Promise<void>;
}

/** Collects bytes in memory. */
export class MemorySink implements ByteSink {
  readonly #parts: Uint8Array[] = [];

  write(bytes: Uint8Array): Promise<void> {
    this.#parts.push(bytes.slice());
    return Promise.resolve();
  }

  commit(): Promise<void> {
    return Promise.resolve();
  }

  abort(): Promise<void> {
    this.#parts.length = 0;
    return Promise.resolve();
  }

  /** All bytes so far, joined. */
  get bytes(): Uint8Array<ArrayBuffer> {
    const all = new Uint8Array(this.#parts.reduce((total, part) => total + part.length, 0));
    let at = 0;
    for (const part of this.#parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }
}
