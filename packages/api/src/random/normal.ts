import { InvalidArgumentError } from "../errors.ts";
import { normalQuantile } from "./normal-quantile.ts";
import { forEachChunk, type RandomStream } from "./stream.ts";

const twoToMinus32 = 1 / 4294967296;
/** P(Z < -2) and P(-2 < Z < 2) of a standard normal Z. */
const belowMinusTwo = 0.02275013194817921;
const withinTwo = 0.9544997361036416;

function checkMoments(mean: number, stddev: number): void {
  if (Number.isFinite(mean) && Number.isFinite(stddev) && stddev >= 0) return;
  throw new InvalidArgumentError(
    `\`mean\` must be finite and \`stddev\` finite and not negative. Received: mean=${mean}, stddev=${stddev}.`,
  );
}

/**
 * Normally distributed float32 values: the quantiles of 32-bit uniform numbers, so that one value takes one word and the
 * largest possible is 6.3 standard deviations from the mean.
 *
 * @param out - Filled completely: `out[i]` is the value of index `offset + i` of the stream.
 * @param offset - The index in the whole variable of the first element.
 * @param stream - Which sequence.
 * @param mean - The mean.
 * @param stddev - The standard deviation, not negative.
 * @throws InvalidArgumentError when mean or stddev is not finite, or stddev is negative.
 */
export function fillNormal(out: Float32Array, offset: number, stream: RandomStream, mean: number, stddev: number): void {
  checkMoments(mean, stddev);
  forEachChunk(out.length, offset, stream, (words, start) => {
    for (let i = 0; i < words.length; i++) {
      out[start + i] = mean + stddev * normalQuantile(((words[i] as number) + 0.5) * twoToMinus32);
    }
  });
}

/**
 * Normally distributed float32 values, cut off at two standard deviations from the mean. A value outside is not drawn again
 * (then a value would depend on its neighbours): the uniform number is mapped to the part of the distribution that is left.
 *
 * @param out - Filled completely: `out[i]` is the value of index `offset + i` of the stream.
 * @param offset - The index in the whole variable of the first element.
 * @param stream - Which sequence.
 * @param mean - The mean.
 * @param stddev - The standard deviation before the cut, as in Keras; that of the values is 0.8796 times as large.
 * @throws InvalidArgumentError when mean or stddev is not finite, or stddev is negative.
 */
export function fillTruncatedNormal(out: Float32Array, offset: number, stream: RandomStream, mean: number, stddev: number): void {
  checkMoments(mean, stddev);
  forEachChunk(out.length, offset, stream, (words, start) => {
    for (let i = 0; i < words.length; i++) {
      const u = ((words[i] as number) + 0.5) * twoToMinus32;
      out[start + i] = mean + stddev * normalQuantile(belowMinusTwo + u * withinTwo);
    }
  });
}
