const powers = Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));
const encoder = new TextEncoder();

/** The longest text that `writeFloat` writes: a sign, nine digits, a point and an exponent, or seven zeros more. */
export const longestFloat = 24;

/**
 * Writes a float32 as the shortest decimal, of at most nine digits, that reads back as the same float32.
 *
 * @param value - A float32; NaN and infinities become `nan`, `inf` and `-inf`, as Python writes them.
 * @param into - Memory with room for `longestFloat` bytes behind `at`.
 * @param at - Where to begin.
 * @returns Where it ended.
 */
export function writeFloat(value: number, into: Uint8Array, at: number): number {
  if (value < 0 || Object.is(value, -0)) {
    into[at] = 45;
    return writeFloat(-value, into, at + 1);
  }
  if (value === 0) {
    into[at] = 48;
    return at + 1;
  }
  // Between these, six to nine digits are an integer over a power of ten that float64 holds exactly, so the test is exact too.
  if (!(value >= 1e-5 && value < 1e7)) return writeText(farFromOne(value), into, at);
  const magnitude = Math.floor(Math.log10(value));
  for (let digits = 6; ; digits++) {
    const decimals = Math.max(digits - 1 - magnitude, 0);
    const power = powers[decimals] as number;
    const scaled = Math.round(value * power);
    // Nine digits always suffice for a float32; a logarithm that was rounded up costs one.
    if (Math.fround(scaled / power) === value || digits === 10) return writeDecimal(scaled, decimals, into, at);
  }
}

/** Writes `scaled / 10^decimals` without trailing zeros. */
function writeDecimal(scaled: number, decimals: number, into: Uint8Array, at: number): number {
  let rest = scaled;
  let places = decimals;
  while (places > 0 && rest % 10 === 0) {
    rest /= 10;
    places--;
  }
  let whole = places === 0 ? rest : Math.floor(rest / (powers[places] as number));
  let fraction = places === 0 ? 0 : rest - whole * (powers[places] as number);
  let length = 1;
  while (length < 16 && whole >= (powers[length] as number)) length++;
  for (let i = at + length - 1; i >= at; i--) {
    const next = Math.floor(whole / 10);
    into[i] = 48 + whole - next * 10;
    whole = next;
  }
  if (places === 0) return at + length;
  const point = at + length;
  into[point] = 46;
  for (let i = point + places; i > point; i--) {
    const next = Math.floor(fraction / 10);
    into[i] = 48 + fraction - next * 10;
    fraction = next;
  }
  return point + places + 1;
}

function farFromOne(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (value === Infinity) return "inf";
  for (let digits = 1; digits < 9; digits++) {
    const text = value.toExponential(digits - 1);
    if (Math.fround(Number(text)) === value) return text;
  }
  return value.toExponential(8);
}

function writeText(text: string, into: Uint8Array, at: number): number {
  return at + encoder.encodeInto(text, into.subarray(at)).written;
}
