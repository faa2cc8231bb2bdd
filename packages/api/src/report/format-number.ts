/**
 * Numbers as Python's format strings print them. JavaScript's `toFixed` rounds exact halves up and switches to
 * exponents at 1e21; Python rounds them to the even neighbour and never switches.
 */

/** A finite number as the exact fraction `mantissa * 2 ** exponent`. */
function decompose(value: number): { mantissa: bigint; exponent: number } {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, Math.abs(value));
  const bits = view.getBigUint64(0);
  const biased = Number(bits >> 52n);
  const fraction = bits & 0xfffffffffffffn;
  return biased === 0 ? { mantissa: fraction, exponent: -1074 } : { mantissa: fraction | 0x10000000000000n, exponent: biased - 1075 };
}

/** `numerator / denominator` to the nearest integer, halves to even. */
function divideHalfEven(numerator: bigint, denominator: bigint): bigint {
  const quotient = numerator / denominator;
  const twice = (numerator % denominator) * 2n;
  return twice > denominator || (twice === denominator && quotient % 2n === 1n) ? quotient + 1n : quotient;
}

/** `|value| * 10 ** shift` to the nearest integer, halves to even. */
function scaled(value: number, shift: number): bigint {
  const { mantissa, exponent } = decompose(value);
  const numerator = mantissa * 10n ** BigInt(Math.max(shift, 0)) * 2n ** BigInt(Math.max(exponent, 0));
  const denominator = 10n ** BigInt(Math.max(-shift, 0)) * 2n ** BigInt(Math.max(-exponent, 0));
  return divideHalfEven(numerator, denominator);
}

/** `nan`, `inf` or `-inf`; undefined for a finite number. */
function nonFinite(value: number): string | undefined {
  if (Number.isNaN(value)) return "nan";
  if (Number.isFinite(value)) return undefined;
  return value > 0 ? "inf" : "-inf";
}

/** The sign as Python prints it: also of a negative zero, and of what rounds to zero. */
function signOf(value: number): string {
  return value < 0 || Object.is(value, -0) ? "-" : "";
}

/** Digits with a point before the last `places` of them. */
function withPoint(digits: string, places: number): string {
  if (places === 0) return digits;
  const padded = digits.padStart(places + 1, "0");
  return `${padded.slice(0, -places)}.${padded.slice(-places)}`;
}

/**
 * Python's `f"{value:.{places}f}"`.
 *
 * @param value - Any number.
 * @param places - Digits after the point, 0 or more.
 * @returns For example `0.6928`, `-0.0000`, `nan`, `inf`.
 */
export function formatFixed(value: number, places: number): string {
  return nonFinite(value) ?? signOf(value) + withPoint(scaled(value, places).toString(), places);
}

/**
 * Python's `f"{value:.{places}e}"`.
 *
 * @param value - Any number.
 * @param places - Digits after the point, 0 or more.
 * @returns For example `1.0000e-05`: the exponent has a sign and at least two digits.
 */
export function formatExponent(value: number, places: number): string {
  const special = nonFinite(value);
  if (special !== undefined) return special;
  let exponent = 0;
  let digits = "0".repeat(places + 1);
  if (value !== 0) {
    // The shortest form names the right decade; rounding to `places` can only carry into the next one.
    exponent = Number(value.toExponential().split("e")[1]);
    digits = scaled(value, places - exponent).toString();
    if (digits.length > places + 1) {
      exponent += 1;
      digits = scaled(value, places - exponent).toString();
    }
  }
  const size = String(Math.abs(exponent)).padStart(2, "0");
  return `${signOf(value)}${withPoint(digits, places)}e${exponent < 0 ? "-" : "+"}${size}`;
}

/**
 * Python's `f"{value:,}"` of an integer: a comma between groups of three digits.
 *
 * @param value - A safe integer.
 * @returns For example `1,301`.
 */
export function formatGrouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
}
