const sqrtHalf = 0.7071067811865476;
const ln2High = 0.6931471803691238;
const ln2Low = 1.9082149292705877e-10;

/**
 * The natural logarithm, with the same bits in every runtime: built from + - * / and exact powers of two alone, where
 * `Math.log` may differ in its last bit from one engine to the next. Accurate to about 1e-16 relative.
 *
 * `x = 2^e * m` with m in [sqrt(1/2), sqrt(2)), and `log m = 2 artanh((m - 1) / (m + 1))` by its series.
 *
 * @param x - A positive, finite number that is not subnormal. Meant for values within a few hundred powers of two of 1.
 * @returns log(x).
 */
export function portableLog(x: number): number {
  let mantissa = x;
  let exponent = 0;
  while (mantissa < sqrtHalf) {
    mantissa *= 2;
    exponent--;
  }
  while (mantissa >= 2 * sqrtHalf) {
    mantissa *= 0.5;
    exponent++;
  }
  const s = (mantissa - 1) / (mantissa + 1);
  const z = s * s;
  // |s| < 0.1716: the first term left out is below 1e-17 of the result.
  let series = 1 / 21;
  for (let k = 19; k >= 3; k -= 2) series = series * z + 1 / k;
  const tail = 2 * s * z * series;
  return exponent * ln2High + (2 * s + (tail + exponent * ln2Low));
}
