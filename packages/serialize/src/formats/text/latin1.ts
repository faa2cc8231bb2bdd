/**
 * Bytes as the letters of the same numbers. A TextDecoder for "latin1" is one for windows-1252 by its standard, which turns 0x93 into a
 * quotation mark.
 *
 * @param bytes - Any bytes; few of them.
 * @returns A letter for each.
 */
export function latin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}
