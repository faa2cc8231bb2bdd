import { FormatError } from "@rowan/api";
import type { ByteReader } from "../../io/byte-reader.ts";

/** A line longer than this is none: no table has rows of a million numbers in text. */
export const longestLine: number = 1 << 25;

/** Takes one line: its bytes without the line end, and its number. False ends the reading. */
export type LineVisitor = (bytes: Uint8Array, start: number, end: number, line: number) => boolean;

/**
 * Splits the rest of a file into lines at `\n`.
 *
 * @param reader - The file.
 * @param line - The number of the first line.
 * @param visit - Called with each line, also the last one where no line end follows it; not with what follows the last line end, if
 *   that is nothing.
 * @returns Whether the last line that was visited had its line end.
 * @throws FormatError for a line that is too long to be one.
 */
export async function eachLine(reader: ByteReader, line: number, visit: LineVisitor): Promise<boolean> {
  let number = line;
  let rest: Uint8Array[] = [];
  let restBytes = 0;
  for (let chunk = await reader.next(); chunk !== undefined; chunk = await reader.next()) {
    let start = 0;
    let end = chunk.indexOf(10);
    if (restBytes > 0 && end >= 0) {
      const joined = concat([...rest, chunk.subarray(0, end)], restBytes + end);
      rest = [];
      restBytes = 0;
      if (!visit(joined, 0, joined.length, number++)) return true;
      start = end + 1;
      end = chunk.indexOf(10, start);
    }
    for (; end >= 0; end = chunk.indexOf(10, start)) {
      if (!visit(chunk, start, end, number++)) return true;
      start = end + 1;
    }
    if (start === chunk.length) continue;
    rest.push(chunk.subarray(start));
    restBytes += chunk.length - start;
    if (restBytes > longestLine) {
      throw new FormatError(
        `${reader.name}, line ${number}: a line must have at most ${longestLine} bytes. Received: more than that without a line end. Is it a text?`,
      );
    }
  }
  if (restBytes === 0) return true;
  visit(concat(rest, restBytes), 0, restBytes, number);
  return false;
}

function concat(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const all = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
