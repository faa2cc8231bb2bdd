/** Memory for bytes that come one after another: taken at once where they are known to come, else when half of them are there. */
export class GrowingBytes {
  readonly #length: number;
  #whole: Uint8Array<ArrayBuffer> | undefined;
  readonly #pieces: Uint8Array[] = [];
  #arrived = 0;

  /**
   * @param length - How many there will be, if all is well.
   * @param proven - They are known to come.
   */
  constructor(length: number, proven: boolean) {
    this.#length = length;
    if (proven) this.#whole = new Uint8Array(length);
  }

  /**
   * Takes the next bytes.
   *
   * @param bytes - Valid during the call.
   */
  add(bytes: Uint8Array): void {
    const start = this.#arrived;
    this.#arrived += bytes.length;
    if (!this.#whole && 2 * this.#arrived < this.#length) {
      this.#pieces.push(bytes.slice());
      return;
    }
    this.#whole ??= new Uint8Array(this.#length);
    let at = 0;
    for (let piece = this.#pieces.shift(); piece; piece = this.#pieces.shift()) {
      this.#whole.set(piece, at);
      at += piece.length;
    }
    this.#whole.set(bytes, start);
  }

  /** All of them. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#whole ?? new Uint8Array();
  }
}
