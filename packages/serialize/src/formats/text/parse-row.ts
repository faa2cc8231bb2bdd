import { describeValue } from "@rowan/api";
import { FloatScanner } from "../floats/float-scanner.ts";

const scanner = new FloatScanner();
const loose = new TextDecoder();

const isBlank = (byte: number | undefined): boolean => byte === 32 || byte === 9;

/**
 * Where the text of a line ends: blanks and a carriage return at its end do not count.
 *
 * @param bytes - The line lies in these.
 * @param start - Where it begins.
 * @param end - Where it ends.
 * @returns The end of its text.
 */
export function trimmedEnd(bytes: Uint8Array, start: number, end: number): number {
  let last = end;
  while (last > start && (isBlank(bytes[last - 1]) || bytes[last - 1] === 13)) last--;
  return last;
}

/**
 * Reads a row of text: a word and `dim` numbers, with blanks between them.
 *
 * @param bytes - The line lies in these.
 * @param start - Where it begins.
 * @param end - Where it ends; see `trimmedEnd`.
 * @param dim - How many numbers there must be.
 * @param into - Where they go.
 * @param offset - Where in it.
 * @returns Where the word ends, or what is wrong.
 */
export function parseRow(bytes: Uint8Array, start: number, end: number, dim: number, into: Float32Array, offset: number): number | string {
  let at = start;
  while (at < end && bytes[at] !== 32 && bytes[at] !== 9) at++;
  const wordEnd = at;
  let count = 0;
  for (; count < dim; count++) {
    while (at < end && isBlank(bytes[at])) at++;
    if (at === end) break;
    const value = scanner.scan(bytes, at, end);
    if (scanner.stop < 0) break;
    into[offset + count] = value;
    at = scanner.stop;
  }
  if (count === dim && at === end && end > start) return wordEnd;
  return parseFromEnd(bytes, start, end, dim, into, offset);
}

/** The word may have blanks in it ("New York", ". . ."): then the last `dim` parts of the line are the numbers. */
function parseFromEnd(bytes: Uint8Array, start: number, end: number, dim: number, into: Float32Array, offset: number): number | string {
  if (start === end) return `expected a word and ${dim} numbers. Received: an empty line`;
  let at = end;
  for (let count = dim - 1; count >= 0; count--) {
    const partEnd = at;
    while (at > start && !isBlank(bytes[at - 1])) at--;
    const value = scanner.scan(bytes, at, partEnd);
    if (scanner.stop !== partEnd) {
      if (at === start) return `expected a word and ${dim} numbers. Received: ${dim - 1 - count} numbers`;
      return `expected ${dim} numbers that float32 can hold. Received: ${describeValue(loose.decode(bytes.subarray(at, partEnd)))} as number ${count + 1}`;
    }
    into[offset + count] = value;
    // One blank before the first number ends the word; the others may be many.
    const last = at;
    while (at > start && isBlank(bytes[at - 1])) at--;
    if (at === start && !(count === 0 && last > start)) return `expected a word and ${dim} numbers. Received: ${dim - count} numbers`;
  }
  let first = at;
  while (first > start && !isBlank(bytes[first - 1])) first--;
  if (first === start) return `expected ${dim} numbers. Received: something else`;
  scanner.scan(bytes, first, at);
  // "word 0.1 0.2 0.3" in a table of two columns is no word with a blank in it.
  if (scanner.stop === at) return `expected ${dim} numbers. Received: more than that`;
  return at;
}
