import type { BagMode } from "../backend/backend.ts";

/**
 * For each id, the bag that it goes into.
 *
 * @param offsets - `[bags + 1]`, where bags begin.
 * @returns Int32 `[n]`.
 */
export function bagOfEach(offsets: Int32Array): Int32Array {
  const bags = new Int32Array(offsets.at(-1) as number);
  for (let bag = 0; bag + 1 < offsets.length; bag++) bags.fill(bag, offsets[bag], offsets[bag + 1]);
  return bags;
}

/**
 * For each id, the bag that it went into and the factor with which it did.
 *
 * @param offsets - `[bags + 1]`, where bags begin.
 * @param weights - A weight for each id; absent for 1.
 * @param mode - What a bag's sum is divided by.
 * @returns Rows of the result, and factors where they are not all 1; 0 where the divisor is 0.
 */
export function bagFactors(
  offsets: Int32Array,
  weights: Float32Array | undefined,
  mode: BagMode,
): { resultRows: Int32Array; factors?: Float32Array } {
  const resultRows = bagOfEach(offsets);
  if (mode === "sum") return { resultRows, ...(weights && { factors: weights }) };
  const factors = new Float32Array(resultRows.length);
  for (let bag = 0; bag + 1 < offsets.length; bag++) {
    const start = offsets[bag] as number;
    const end = offsets[bag + 1] as number;
    let divisor = 0;
    for (let i = start; i < end; i++) {
      const weight = weights ? (weights[i] as number) : 1;
      divisor += mode === "sqrtn" ? weight * weight : weight;
    }
    if (mode === "sqrtn") divisor = Math.sqrt(divisor);
    const scale = divisor === 0 ? 0 : 1 / divisor;
    for (let i = start; i < end; i++) factors[i] = (weights ? (weights[i] as number) : 1) * scale;
  }
  return { resultRows, factors };
}
