const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * A word out of its bytes.
 *
 * @param bytes - UTF-8.
 * @param start - Where it begins.
 * @param end - Where it ends.
 * @returns The word, or undefined where the bytes are not UTF-8.
 */
export function decodeWord(bytes: Uint8Array, start: number, end: number): string | undefined {
  // Most words are short and ASCII, and a decoder takes longer to start than they take to read.
  if (end - start <= 24) {
    let word = "";
    let at = start;
    for (; at < end; at++) {
      const byte = bytes[at] as number;
      if (byte > 127) break;
      word += String.fromCharCode(byte);
    }
    if (at === end) return word;
  }
  try {
    return utf8.decode(bytes.subarray(start, end));
  } catch {
    return undefined;
  }
}
