/** Bytes that can be read by their place, wherever they are. */
export interface ByteSource {
  /** What they are called in messages. */
  readonly name: string;
  /** How many there are; undefined for a stream, which tells at its end. */
  readonly size: number | undefined;
  /** All of these bytes are there: a file, a Blob, memory. What a server says of its bytes is not certain before they have come. */
  readonly certain: boolean;
  /** Reads may only go forwards: a stream. */
  readonly forwardOnly: boolean;
  /**
   * Reads bytes.
   *
   * @param offset - The place of the first.
   * @param length - How many.
   * @param into - Memory of at least that many bytes, which may be used.
   * @returns Them; fewer only where the source ends. Valid until `into` is used again.
   * @throws FileAccessError when the system or the server fails.
   */
  read(offset: number, length: number, into?: Uint8Array): Promise<Uint8Array>;
  /** Gives back what the source holds. */
  close(): Promise<void>;
}
