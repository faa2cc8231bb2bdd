/** How NumPy 2.4 prints the elements of an array: numpy/_core/arrayprint.py (FloatingFormat, IntegerFormat, BoolFormat). */
import type { DType } from "./dtype.ts";

/** numpy.set_printoptions' default: the most digits after the point in positional notation. */
const precision = 8;

/** Positional notation ends where float32 has no more whole digits: 10 ** finfo(float32).precision. */
const exponentFrom = 1e6;
const exponentBelow = Math.fround(0.0001);
const exponentOverRatio = 1000;

/**
 * One formatter for all shown elements of an array, since they share a column width.
 *
 * @param values - The elements that will be shown.
 * @param dtype - Decides how an element looks.
 * @returns Gives an element its text, padded to the common width.
 */
export function elementFormatter(values: readonly number[], dtype: DType): (value: number) => string {
  if (dtype === "bool") return (value) => (value !== 0 ? " True" : "False");
  if (dtype === "float32") return floatFormatter(values);
  const width = Math.max(...values.map((value) => String(value).length));
  return (value) => String(value).padStart(width);
}

/**
 * A scalar as NumPy prints it, which is not how it prints the only element of an array.
 *
 * @param value - The element.
 * @param dtype - Its dtype.
 * @returns The text.
 */
export function formatScalar(value: number, dtype: DType): string {
  if (dtype === "bool") return value !== 0 ? "True" : "False";
  if (dtype !== "float32") return String(value);
  if (!Number.isFinite(value)) return special(value);
  const size = Math.abs(value);
  if (size !== 0 && (size < 0.0001 || size >= exponentFrom))
    return exponentText(value, shortestDigits(value).length - 1).replace(".e", "e");
  const text = positionalText(value, Infinity);
  return text.endsWith(".") ? `${text}0` : text;
}

function floatFormatter(values: readonly number[]): (value: number) => string {
  const finite = values.filter((value) => Number.isFinite(value));
  const write = usesExponents(finite) ? exponentWriter(finite) : positionalText;
  const texts = finite.map((value) => write(value));
  const after = Math.max(0, ...texts.map((text) => text.length - text.indexOf(".") - 1));
  // A column is as wide as its widest whole part and its widest fraction; only then do nan and inf make it wider.
  const before = Math.max(0, ...texts.map((text) => text.indexOf(".")));
  const width = Math.max(before + 1 + after, ...values.filter((value) => !Number.isFinite(value)).map((value) => special(value).length));
  return (value) => {
    if (!Number.isFinite(value)) return special(value).padStart(width);
    const text = write(value);
    return text.padEnd(text.indexOf(".") + 1 + after).padStart(width);
  };
}

function usesExponents(finite: readonly number[]): boolean {
  const sizes = finite.filter((value) => value !== 0).map(Math.abs);
  if (sizes.length === 0) return false;
  const largest = Math.max(...sizes);
  const smallest = Math.min(...sizes);
  return largest >= exponentFrom || smallest < exponentBelow || Math.fround(largest / smallest) > exponentOverRatio;
}

function exponentWriter(finite: readonly number[]): (value: number) => string {
  const digits = Math.max(...finite.map((value) => shortestDigits(value).length - 1));
  return (value) => exponentText(value, digits);
}

function special(value: number): string {
  return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
}

function signOf(value: number): string {
  return value < 0 || Object.is(value, -0) ? "-" : "";
}

/** A number of a decimal notation: `d.ddd × 10^exponent`, with the digits written without the point. */
interface Decimal {
  readonly digits: string;
  readonly exponent: number;
}

/** The fewest digits that give the same float32 back. */
function shortest(value: number): Decimal {
  const size = Math.abs(value);
  for (let places = 0; places < 8; places++) {
    const nearest = decimalOf(size, places);
    const found = [nearest, nextUp(nearest)].find((decimal) => Math.fround(numberOf(decimal)) === size);
    if (found) return found;
  }
  return decimalOf(size, 8);
}

function shortestDigits(value: number): string {
  return shortest(value).digits;
}

function decimalOf(size: number, places: number): Decimal {
  const [mantissa = "0", exponent = "0"] = halfEven(places, (n) => size.toExponential(n)).split("e");
  return { digits: mantissa.replace(".", ""), exponent: Number(exponent) };
}

function numberOf({ digits, exponent }: Decimal): number {
  return Number(`${digits}e${exponent - digits.length + 1}`);
}

/**
 * The neighbour above with as many digits. Below a power of two the numbers lie closer together than above it, so that the nearest
 * decimal can miss the power while the second nearest, above, still means it.
 */
function nextUp({ digits, exponent }: Decimal): Decimal {
  const next = String(Number(digits) + 1);
  return next.length > digits.length ? { digits: next.slice(0, -1), exponent: exponent + 1 } : { digits: next, exponent };
}

function positionalText(value: number, decimals: number = precision): string {
  const { digits, exponent } = shortest(value);
  const fraction = digits.length - 1 - exponent;
  if (fraction > decimals) return signOf(value) + halfEven(decimals, (n) => Math.abs(value).toFixed(n)).replace(/0+$/, "");
  if (fraction <= 0) return `${signOf(value)}${digits.padEnd(exponent + 1, "0")}.`;
  const padded = digits.padStart(fraction + 1, "0");
  return `${signOf(value)}${padded.slice(0, -fraction)}.${padded.slice(-fraction)}`;
}

/**
 * JavaScript takes the larger of two equally near decimals, NumPy the even one.
 *
 * @param places - How many digits to keep after the point.
 * @param write - Writes the number with so many digits after the point.
 */
function halfEven(places: number, write: (places: number) => string): string {
  const rounded = write(places);
  // A tie ends in a single 5: what follows it, in a number of 24 bits, would show within 40 more digits.
  const [exact = "", exponent] = write(places + 40).split("e");
  const cut = exact.slice(0, -40).replace(/\.$/, "");
  const isTie = /^50*$/.test(exact.slice(-40)) && Number(cut.at(-1)) % 2 === 0;
  return isTie ? (exponent === undefined ? cut : `${cut}e${exponent}`) : rounded;
}

/** `d.ddde±xx`; digits beyond the shortest are those of the exact value. */
function exponentText(value: number, places: number): string {
  const least = shortest(value);
  const { digits, exponent } = least.digits.length > places ? least : decimalOf(Math.abs(value), places);
  return `${signOf(value)}${digits.slice(0, 1)}.${digits.slice(1)}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
}
