import { FormatError, countOf } from "@rowan/api";
import type { ByteReader } from "../../io/byte-reader.ts";
import { isLittle } from "../../io/little-endian.ts";
import { formatHeader, takeHeader } from "../npy/header.ts";

/** A text of an array takes as much as the longest one: beyond this, the array is larger than any table. */
const mostBytes = 2 ** 31;

/**
 * Reads an array of texts, as `numpy.array(["a", "b"])` is saved.
 *
 * @param reader - At the beginning of the `.npy` file.
 * @param size - Its length in bytes.
 * @returns The texts, in order.
 * @throws FormatError where it is no array of texts with one axis, or is cut off.
 */
export async function readTexts(reader: ByteReader, size: number): Promise<string[]> {
  const { descr, shape, offset } = await takeHeader(reader);
  const width = Number(/^[<>]U(\d{1,9})$/.exec(descr)?.[1] ?? NaN);
  const [count = 0] = shape;
  if (!Number.isInteger(width) || shape.length !== 1)
    throw new FormatError(`${reader.name} must be an array of texts with one axis. Received: dtype ${descr}, shape (${shape.join(", ")}).`);
  if (offset + count * width * 4 > size || (width === 0 && count > 1 << 24))
    throw new FormatError(
      `${reader.name} is cut off. Received: ${countOf(size, "byte")} for ${countOf(count, "text")} of ${countOf(width, "letter")}. Write it again.`,
    );
  const swap = descr.startsWith(">") === isLittle;
  const texts: string[] = [];
  for (let i = 0; i < count; i++) {
    const bytes = await reader.take(4 * width, `text ${i}`);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    let length = width;
    while (length > 0 && view.getUint32(4 * (length - 1)) === 0) length--;
    let text = "";
    for (let j = 0; j < length; j++) {
      const code = view.getUint32(4 * j, isLittle !== swap);
      if (code > 0x10ffff)
        throw new FormatError(`${reader.name} must hold Unicode. Received: the number ${code} in text ${i}. It is damaged.`);
      text += String.fromCodePoint(code);
    }
    texts.push(text);
  }
  return texts;
}

/**
 * Writes an array of texts as NumPy does.
 *
 * @param texts - In order; a text that ends in "\0" would lose it.
 * @returns The pieces of the `.npy` file.
 */
export function* writeTexts(texts: readonly string[]): Generator<Uint8Array> {
  const letters = texts.reduce((longest, text) => Math.max(longest, countLetters(text)), 1);
  if (letters * texts.length * 4 > mostBytes)
    throw new FormatError(
      `NumPy's arrays of texts take ${countOf(letters, "letter")} for every word, as the longest one has. Received: ${countOf(texts.length, "word")}. Shorten it, or write safetensors.`,
    );
  yield formatHeader(`<U${letters}`, [texts.length]);
  const step = Math.max(1, Math.floor((1 << 18) / letters / 4));
  for (let from = 0; from < texts.length; from += step) {
    const part = texts.slice(from, from + step);
    const view = new DataView(new ArrayBuffer(part.length * letters * 4));
    for (const [i, text] of part.entries()) {
      let at = i * letters * 4;
      for (const letter of text) {
        view.setUint32(at, letter.codePointAt(0) as number, true);
        at += 4;
      }
    }
    yield new Uint8Array(view.buffer);
  }
}

function countLetters(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}
