import { latin1 } from "../text/latin1.ts";

/** The powers of ten that float64 holds exactly. */
const powers = Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));
const largestFloat32 = 3.4028234663852886e38;
const wellFormed = /^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|inf|infinity|nan)$/i;

/**
 * Numbers out of text, without making strings of them. A decimal of up to 15 digits is an integer times or divided by a power of ten;
 * where both are exact in float64, so is their quotient but for one rounding (Clinger, "How to read floating point numbers
 * accurately", 1990). What is longer or farther from 1 goes through `Number`.
 */
export class FloatScanner {
  /** Where the number that was read last ends, or -1 where there was none. */
  stop = 0;

  /**
   * Reads the number that begins at a place and ends before a space, a tab, a carriage return, or the end.
   *
   * @param bytes - ASCII.
   * @param start - Where it begins.
   * @param end - Where the text ends.
   * @returns The number as float64; `stop` says where it ended, -1 that there is no number that float32 has room for.
   */
  scan(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    let byte = at < end ? (bytes[at] as number) : 0;
    const negative = byte === 45;
    if (negative || byte === 43) byte = ++at < end ? (bytes[at] as number) : 0;
    let mantissa = 0;
    let digits = 0;
    let scale = 0;
    while (byte >= 48 && byte <= 57) {
      mantissa = mantissa * 10 + byte - 48;
      digits++;
      byte = ++at < end ? (bytes[at] as number) : 0;
    }
    if (byte === 46) {
      byte = ++at < end ? (bytes[at] as number) : 0;
      const point = at;
      while (byte >= 48 && byte <= 57) {
        mantissa = mantissa * 10 + byte - 48;
        byte = ++at < end ? (bytes[at] as number) : 0;
      }
      scale = point - at;
      digits -= scale;
    }
    if ((byte === 101 || byte === 69) && digits > 0) {
      byte = ++at < end ? (bytes[at] as number) : 0;
      const down = byte === 45;
      if (down || byte === 43) byte = ++at < end ? (bytes[at] as number) : 0;
      let exponent = 0;
      const first = at;
      while (byte >= 48 && byte <= 57) {
        // Beyond this the slow way decides.
        if (exponent < 10000) exponent = exponent * 10 + byte - 48;
        byte = ++at < end ? (bytes[at] as number) : 0;
      }
      if (at === first) digits = 0;
      scale += down ? -exponent : exponent;
    }
    const ended = at >= end || byte === 32 || byte === 9 || byte === 13;
    if (!ended || digits === 0 || mantissa > Number.MAX_SAFE_INTEGER || scale < -22 || scale > 22) return this.#slowly(bytes, start, end);
    this.stop = at;
    const value = scale < 0 ? mantissa / (powers[-scale] as number) : mantissa * (powers[scale] as number);
    return negative ? -value : value;
  }

  #slowly(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    while (at < end && bytes[at] !== 32 && bytes[at] !== 9 && bytes[at] !== 13) at++;
    const text = latin1(bytes.subarray(start, at));
    this.stop = wellFormed.test(text) ? at : -1;
    const named = /^([+-]?)(inf|nan)/i.exec(text);
    if (named) return named[2]?.toLowerCase() === "nan" ? NaN : named[1] === "-" ? -Infinity : Infinity;
    const value = Number(text);
    if (Math.abs(value) > largestFloat32 && Math.abs(Math.fround(value)) === Infinity) this.stop = -1;
    return value;
  }
}
