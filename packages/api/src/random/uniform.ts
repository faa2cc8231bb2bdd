import { InvalidArgumentError } from "../errors.ts";
import { forEachChunk, type RandomStream } from "./stream.ts";

const twoToMinus24 = 1 / 16777216;

/** The largest float32 below x, for a float32 x that is neither -Infinity nor NaN. */
function nextBelow(x: number): number {
  const float = Float32Array.of(x);
  const bits = new Int32Array(float.buffer);
  if (x === 0) return -1.401298464324817e-45;
  bits[0] = (bits[0] as number) + (x > 0 ? -1 : 1);
  return float[0] as number;
}

/**
 * Uniform float32 values in `[minval, maxval)`, with 24 random bits each.
 *
 * @param out - Filled completely: `out[i]` is the value of index `offset + i` of the stream.
 * @param offset - The index in the whole variable of the first element.
 * @param stream - Which sequence.
 * @param minval - The smallest value, rounded to float32.
 * @param maxval - The upper end, rounded to float32; it does not occur, except where it equals `minval`.
 * @throws InvalidArgumentError when the limits are not finite float32 numbers in this order.
 */
export function fillUniform(out: Float32Array, offset: number, stream: RandomStream, minval: number, maxval: number): void {
  const low = Math.fround(minval);
  const high = Math.fround(maxval);
  if (!(Number.isFinite(low) && Number.isFinite(high) && low <= high)) {
    throw new InvalidArgumentError(
      `\`minval\` and \`maxval\` must be finite, with minval <= maxval. Received: minval=${minval}, maxval=${maxval}.`,
    );
  }
  const step = (high - low) * twoToMinus24;
  // A float32 just below `high` may be further away than the step, and rounding would then reach `high` itself.
  const top = low < high ? nextBelow(high) : high;
  forEachChunk(out.length, offset, stream, (words, start) => {
    for (let i = 0; i < words.length; i++) {
      const value = Math.fround(low + ((words[i] as number) >>> 8) * step);
      out[start + i] = value < top ? value : top;
    }
  });
}
