import { CheckpointFormatError } from "@rowan/api";

/** Where messages lie in messages, by field number. */
interface Nesting {
  readonly [field: number]: Nesting;
}

const piece: Nesting = {};
const nesting: Nesting = {
  2: { 3: { 3: { 2: {} } }, 4: {} },
  3: {},
  4: { 4: {}, 7: piece },
  5: { 5: piece },
  6: {},
  7: {},
};

/** A message of which there may be many holds at least one field: a name, or a length. */
const leastBytes = 2;

/**
 * Checks before a header is decoded that it is worth its memory: an object takes some hundred bytes however short its message is,
 * so a header of nothing but empty messages would take fifty times its size.
 *
 * @param bytes - The encoded header.
 * @throws CheckpointFormatError for messages that are too short, and for what is no protobuf.
 */
export function checkEconomy(bytes: Uint8Array): void {
  walk(bytes, 0, bytes.length, nesting);
}

function walk(bytes: Uint8Array, from: number, to: number, inside: Nesting): void {
  let at = from;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      if (at >= to || factor > 2 ** 63) throw malformed(at);
      const byte = bytes[at++] as number;
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  while (at < to) {
    const start = at;
    const tag = varint();
    const type = tag % 8;
    if (type === 0) varint();
    else if (type === 1) at += 8;
    else if (type === 5) at += 4;
    else if (type === 2) {
      const length = varint();
      const end = at + length;
      if (!(end <= to)) throw malformed(start);
      const nested = inside[Math.floor(tag / 8)];
      if (nested) {
        if (length < leastBytes) throw malformed(start);
        walk(bytes, at, end, nested);
      }
      at = end;
    } else throw malformed(start);
    if (at > to) throw malformed(start);
  }
}

function malformed(at: number): CheckpointFormatError {
  return new CheckpointFormatError(
    `The header of a checkpoint must be a protobuf message as its schema says. Received: a field that is cut off, empty or of an unknown kind at byte ${at} of the header. The file was damaged, or not written by Rowan.`,
  );
}
