/**
 * Unpacks LZ4 frames, as Arrow files have them (LZ4 frame format 1.6.x). Checksums are not verified.
 */

const magic = 0x184d2204;
const skippable = 0x184d2a50;
/** A block of this kind is stored as it is. */
const storedFlag = 0x8000_0000;
/** No match is shorter. */
const leastMatch = 4;

/**
 * Unpacks one or more frames.
 *
 * @param bytes - All of them.
 * @returns What was packed.
 * @throws Error for what is no LZ4 frame, or a damaged one, with the byte that the frame begins at.
 */
export function unpackLz4Frames(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const out = new Growing(bytes.length * 3);
  let at = 0;
  try {
    while (at < bytes.length) {
      const word = view.getUint32(at, true);
      let end: number;
      if ((word & ~0xf) >>> 0 === skippable) end = at + 8 + view.getUint32(at + 4, true);
      else if (word === magic) end = unpackFrame(bytes, view, at + 4, out);
      else throw new Error("it does not begin as one");
      if (end > bytes.length) throw new RangeError();
      at = end;
    }
  } catch (error) {
    // What reads beyond the end of a view.
    const why = error instanceof RangeError ? "it ends too early" : (error as Error).message;
    throw new Error(`an LZ4 frame that cannot be unpacked, at byte ${at} of ${bytes.length}: ${why}`, { cause: error });
  }
  return out.take();
}

/** The place behind the frame. */
function unpackFrame(bytes: Uint8Array, view: DataView, start: number, out: Growing): number {
  const flags = view.getUint8(start);
  if (flags >> 6 !== 1) throw new Error(`it must be of version 1, and is of version ${flags >> 6}`);
  if ((flags & 1) !== 0) throw new Error("it needs a dictionary that is not there");
  const hasBlockSums = (flags & 0x10) !== 0;
  const hasSum = (flags & 4) !== 0;
  const size = (flags & 8) === 0 ? undefined : view.getBigUint64(start + 2, true);
  // Flags, the size of blocks, the size of the content where it is told, a checksum of these.
  let at = start + 2 + (size === undefined ? 0 : 8) + 1;
  // Matches do not reach into an earlier frame.
  const floor = out.length;
  for (;;) {
    if (at + 4 > bytes.length) throw new Error("it must end with four zero bytes behind its last block, which are not there");
    const word = view.getUint32(at, true);
    at += 4;
    if (word === 0) break;
    const length = (word & ~storedFlag) >>> 0;
    if (at + length > bytes.length) throw new RangeError();
    const block = bytes.subarray(at, at + length);
    if (word >= storedFlag) out.append(block);
    else unpackBlock(block, out, floor);
    at += length + (hasBlockSums ? 4 : 0);
  }
  const given = out.length - floor;
  if (size !== undefined && size !== BigInt(given)) throw new Error(`it says that it holds ${size} bytes, and holds ${given}`);
  return at + (hasSum ? 4 : 0);
}

/** Sequences of literals and of matches, which may reach back into the blocks before. */
function unpackBlock(block: Uint8Array, out: Growing, floor: number): void {
  let at = 0;
  const next = (): number => {
    const byte = block[at++];
    if (byte === undefined) throw new RangeError();
    return byte;
  };
  const lengthFrom = (nibble: number): number => {
    let length = nibble;
    if (nibble < 15) return length;
    for (let byte = 255; byte === 255;) length += byte = next();
    return length;
  };
  while (at < block.length) {
    const token = next();
    const literals = lengthFrom(token >> 4);
    if (at + literals > block.length) throw new RangeError();
    out.append(block.subarray(at, at + literals));
    at += literals;
    // The last sequence has no match.
    if (at === block.length) return;
    const offset = next() | (next() << 8);
    if (offset === 0 || offset > out.length - floor) throw new Error("it is damaged: a match begins before its frame");
    out.repeat(offset, lengthFrom(token & 15) + leastMatch);
  }
}

/** Bytes that grow in number. */
class Growing {
  length = 0;
  #bytes: Uint8Array;

  constructor(guess: number) {
    this.#bytes = new Uint8Array(guess);
  }

  append(part: Uint8Array): void {
    this.#reserve(part.length);
    this.#bytes.set(part, this.length);
    this.length += part.length;
  }

  /** The bytes from `offset` before the end on, which may be fewer than `count`: then they come again and again. */
  repeat(offset: number, count: number): void {
    this.#reserve(count);
    const from = this.length - offset;
    for (let done = 0; done < count;) {
      // What was written just now is there to be copied, too.
      const some = Math.min(count - done, offset + done);
      this.#bytes.copyWithin(this.length + done, from, from + some);
      done += some;
    }
    this.length += count;
  }

  take(): Uint8Array {
    return this.#bytes.slice(0, this.length);
  }

  #reserve(count: number): void {
    if (this.length + count <= this.#bytes.length) return;
    const bytes = new Uint8Array(Math.max(this.length + count, this.#bytes.length * 2));
    bytes.set(this.#bytes.subarray(0, this.length));
    this.#bytes = bytes;
  }
}
