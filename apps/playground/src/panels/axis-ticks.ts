/** A number on an axis, and how it is written. */
export interface Tick {
  readonly value: number;
  readonly text: string;
}

/**
 * Round numbers on an axis that begins at 0: so many ones, twos or fives of a power of ten.
 *
 * @param end - Where the axis ends, positive.
 * @param most - How many there may be beside 0.
 * @param least - The smallest distance between two; 1 for what is counted.
 */
export function axisTicks(end: number, most: number, least = 0): Tick[] {
  const rough = Math.max(end / Math.max(1, most), least);
  const power = Math.floor(Math.log10(rough));
  // Rounded up a little below, so that 0.30000000000000004 counts as 0.3.
  const factor = [1, 2, 5, 10].find((one) => one * 10 ** power >= rough * (1 - 1e-9)) as number;
  const distance = factor * 10 ** power;
  const count = Math.floor((end / distance) * (1 + 1e-9));
  return Array.from({ length: count + 1 }, (_, i) => ({ value: i * distance, text: write(i * factor, power) }));
}

/** `units * 10 ** power`, without the tails that fractions have. */
function write(units: number, power: number): string {
  if (units === 0) return "0";
  if (power < -3 || power > 5) return Number(`${units}e${power}`).toExponential().replace("e+", "e");
  return Number(`${units}e${power}`).toFixed(Math.max(0, -power));
}
