import type { Contender } from "./contender.ts";
import { unlessFailed } from "./peers/peer-failed.ts";

/**
 * Refuses to time what gives other results.
 *
 * @param contenders - The first one is what the others must agree with; those without results are passed over.
 * @param tolerance - How far apart two values may be, relative to the larger of their sizes and 1.
 * @returns The contenders without those that failed.
 * @throws Error naming the two, the place and the values.
 */
export async function compareResults(contenders: readonly Contender[], tolerance: number): Promise<Contender[]> {
  const compared: Contender[] = [];
  let expected: ArrayLike<number> | undefined;
  let by = "";
  for (const contender of contenders) {
    if (contender.result === undefined) {
      compared.push(contender);
      continue;
    }
    const result = await unlessFailed(contender.result());
    if (result === undefined) continue;
    compared.push(contender);
    if (expected === undefined) {
      // It may be memory that later calls write to.
      expected = result instanceof Float32Array ? result.slice() : Float32Array.from(result);
      by = contender.name;
      continue;
    }
    const place = firstDifference(expected, result, contender.tolerance ?? tolerance);
    if (place >= 0) {
      throw new Error(
        `${contender.name} gives other results than ${by}: value ${place} is ${String(result[place])} instead of ${String(expected[place])}`,
      );
    }
  }
  return compared;
}

function firstDifference(expected: ArrayLike<number>, result: ArrayLike<number>, tolerance: number): number {
  if (expected.length !== result.length) return Math.min(expected.length, result.length);
  for (let i = 0; i < expected.length; i++) {
    const a = expected[i] as number;
    const b = result[i] as number;
    // Not `>`: NaN must not pass.
    if (a !== b && !(Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(a), Math.abs(b)))) return i;
  }
  return -1;
}
