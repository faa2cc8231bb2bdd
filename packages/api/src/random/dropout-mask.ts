import { InvalidArgumentError } from "../errors.ts";
import { forEachChunk, type RandomStream } from "./stream.ts";

const twoTo32 = 4294967296;

/**
 * A dropout mask: 1 (keep) with probability `1 - rate`, else 0. Kept values are scaled by whoever applies the mask.
 *
 * @param out - Filled completely: `out[i]` is the mask of index `offset + i` of the stream.
 * @param offset - The index in the whole tensor of the first element.
 * @param stream - Which sequence; `step` tells one training step from the next.
 * @param rate - The share to drop, from 0 (all kept) to 1 (none kept).
 * @throws InvalidArgumentError when the rate lies outside.
 */
export function fillDropoutMask(out: Uint8Array | Float32Array, offset: number, stream: RandomStream, rate: number): void {
  if (!(rate >= 0 && rate <= 1)) {
    throw new InvalidArgumentError(`\`rate\` must be a number from 0 to 1. Received: rate=${rate}.`);
  }
  const dropped = Math.round(rate * twoTo32);
  forEachChunk(out.length, offset, stream, (words, start) => {
    for (let i = 0; i < words.length; i++) out[start + i] = (words[i] as number) < dropped ? 0 : 1;
  });
}
