/**
 * Streams: which random word belongs to which element.
 *
 * A word depends on nothing but its stream and its index, so any part of a sequence can be computed alone, in any order, on any
 * thread, backend or runtime. This is how stream and index become Philox' key and counter:
 *
 * | word      | bits     | holds                                     |
 * |-----------|----------|-------------------------------------------|
 * | key 0     | 32       | seed, low                                 |
 * | key 1     | 21 of 32 | seed, high                                |
 * | counter 0 | 32       | block = floor(index / 4), low             |
 * | counter 1 | 24 + 8   | block, high (low 24 bits); purpose (top 8) |
 * | counter 2 | 32       | step                                      |
 * | counter 3 | 32       | variable                                  |
 *
 * Word `index % 4` of that block is the word of `index`. This layout, and the numbers of the purposes, never change: saved
 * models and published results rest on them (`packages/conformance/fixtures/random.json`).
 */
import { InvalidArgumentError, describeValue } from "../errors.ts";
import { checkSeed } from "./check-seed.ts";
import { philoxBlock } from "./philox.ts";

const purposes = { seed: 0, initializer: 1, shuffle: 2, dropout: 3, sample: 4 } as const;

/** What the numbers of a stream are for; the same seed gives unrelated numbers for each. */
export type RandomPurpose = keyof typeof purposes;

/** A sequence of random words. */
export interface RandomStream {
  /** An integer from 0 to 2^53 - 1. */
  readonly seed: number;
  readonly purpose: RandomPurpose;
  /** Which variable or layer, where several share a seed: an integer from 0 to 2^32 - 1. Default 0. */
  readonly variable?: number;
  /** Which step or epoch: an integer from 0 to 2^32 - 1. Default 0. */
  readonly step?: number;
}

const wordsPerBlock = 4;
const twoTo32 = 4294967296;

function checkWord(name: string, value: number): number {
  if (Number.isInteger(value) && value >= 0 && value < twoTo32) return value;
  throw new InvalidArgumentError(
    `\`${name}\` of a random stream must be an integer from 0 to 2^32 - 1. Received: ${name}=${describeValue(value)}.`,
  );
}

function checkOffset(offset: number): number {
  if (Number.isSafeInteger(offset) && offset >= 0) return offset;
  throw new InvalidArgumentError(`\`offset\` must be an integer from 0 to 2^53 - 1. Received: offset=${describeValue(offset)}.`);
}

/**
 * The words of a stream from index `offset` on.
 *
 * @param out - Filled completely: `out[i]` is the word of index `offset + i`, uniform over all 32-bit values.
 * @param offset - The index of the first word.
 * @param stream - Which sequence.
 * @throws InvalidArgumentError when the seed, variable, step or offset is not an integer in its range.
 */
export function fillWords(out: Uint32Array, offset: number, stream: RandomStream): void {
  const seed = checkSeed(stream.seed);
  const variable = checkWord("variable", stream.variable ?? 0);
  const step = checkWord("step", stream.step ?? 0);
  const purpose = purposes[stream.purpose];
  const keyHigh = Math.floor(seed / twoTo32);
  const first = checkOffset(offset);
  const length = out.length;

  let block = Math.floor(first / wordsPerBlock);
  let at = 0;
  let skip = first - block * wordsPerBlock;
  const edge = new Uint32Array(wordsPerBlock);
  while (at < length) {
    const high = Math.floor(block / twoTo32) | (purpose << 24);
    if (skip === 0 && at + wordsPerBlock <= length) {
      philoxBlock(out, at, block, high, step, variable, seed, keyHigh);
      at += wordsPerBlock;
    } else {
      philoxBlock(edge, 0, block, high, step, variable, seed, keyHigh);
      while (skip < wordsPerBlock && at < length) out[at++] = edge[skip++] as number;
      skip = 0;
    }
    block++;
  }
}

/** How many words `forEachChunk` holds at a time: they stay in the nearest cache. */
const chunkLength = 2048;

/**
 * Gives the words of a stream to a function, a chunk at a time, without holding them all.
 *
 * @param length - How many words.
 * @param offset - The index of the first one.
 * @param stream - Which sequence.
 * @param visit - Receives words and the position, from 0, of the first of them; the array is used again afterwards.
 * @throws InvalidArgumentError when the seed, variable, step or offset is not an integer in its range.
 */
export function forEachChunk(
  length: number,
  offset: number,
  stream: RandomStream,
  visit: (words: Uint32Array, start: number) => void,
): void {
  const buffer = new Uint32Array(Math.min(length, chunkLength));
  for (let start = 0; start < length; start += chunkLength) {
    const words = buffer.subarray(0, Math.min(chunkLength, length - start));
    fillWords(words, offset + start, stream);
    visit(words, start);
  }
}
