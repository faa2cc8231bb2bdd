import type { ByteSource } from "./byte-source.ts";

/** Bytes in memory. Nothing is copied. */
export class MemorySource implements ByteSource {
  readonly name: string;
  readonly certain = true;
  readonly forwardOnly = false;
  readonly #bytes: Uint8Array;

  /**
   * @param bytes - Not to be changed while they are read.
   * @param name - For messages.
   */
  constructor(bytes: Uint8Array, name: string) {
    this.#bytes = bytes;
    this.name = name;
  }

  get size(): number {
    return this.#bytes.length;
  }

  read(offset: number, length: number): Promise<Uint8Array> {
    return Promise.resolve(this.#bytes.subarray(offset, offset + length));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** A Blob or File of a browser, read slice by slice. */
export class BlobSource implements ByteSource {
  readonly name: string;
  readonly certain = true;
  readonly forwardOnly = false;
  readonly #blob: Blob;

  /** @param blob - Any Blob. */
  constructor(blob: Blob) {
    this.#blob = blob;
    const { name } = blob as { readonly name?: unknown };
    this.name = typeof name === "string" ? JSON.stringify(name) : "a Blob";
  }

  get size(): number {
    return this.#blob.size;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    return new Uint8Array(await this.#blob.slice(offset, offset + length).arrayBuffer());
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
