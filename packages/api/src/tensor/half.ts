/** Float32 values in 16 bits and back, rounded to nearest, ties to even; not every platform has arrays of them. */

/** The kinds that keep 16 bits of each value. */
export type HalfKind = "float16" | "bfloat16";

const float = new Float32Array(1);
const word = new Uint32Array(float.buffer);

/**
 * A float32 value as the 16 bits of a shorter float.
 *
 * @param kind - `"float16"` has 5 bits of exponent and 10 of mantissa, `"bfloat16"` 8 and 7.
 * @param value - Any number; beyond the range it becomes infinite.
 * @returns The bits, 0 to 65,535. NaN stays NaN, the sign of zero stays.
 */
export function halfBits(kind: HalfKind, value: number): number {
  float[0] = value;
  const bits = word[0] as number;
  return kind === "float16" ? float16Bits(bits) : bfloat16Bits(bits);
}

/**
 * The float32 value of 16 bits, which holds it exactly.
 *
 * @param kind - Whose bits they are.
 * @param bits - 0 to 65,535.
 * @returns The value.
 */
export function halfValue(kind: HalfKind, bits: number): number {
  if (kind === "bfloat16") {
    word[0] = bits << 16;
    return float[0] as number;
  }
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const mantissa = bits & 0x3ff;
  if (exponent === 31) return mantissa ? NaN : sign * Infinity;
  return sign * (exponent === 0 ? mantissa * 2 ** -24 : (mantissa + 1024) * 2 ** (exponent - 25));
}

function bfloat16Bits(bits: number): number {
  // A quiet bit keeps a NaN whose upper bits are those of infinity.
  if ((bits & 0x7fffffff) > 0x7f800000) return (bits >>> 16) | 0x40;
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

function float16Bits(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  // 65520 is half way from the largest float16 to the next power of two.
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude >= 0x38800000) return sign | ((magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13);
  // Below 2^-14, float16 counts in units of 2^-24; what rounds up to 1024 of them is the smallest normal number, with the same bits.
  word[0] = magnitude;
  return sign | roundHalfEven((float[0] as number) * 2 ** 24);
}

/**
 * The nearest whole number, the even one of two.
 *
 * @param value - Any number; NaN and infinities stay.
 * @returns The number; exact below 2^51, and itself rounded above, where every caller clips.
 */
export function roundHalfEven(value: number): number {
  // At 1.5 * 2^52 float64 counts in ones, and it rounds half to even.
  return value + 6755399441055744 - 6755399441055744;
}
