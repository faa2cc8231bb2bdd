import { InvalidArgumentError, describeValue } from "../errors.ts";
import { fillWords, type RandomStream } from "./stream.ts";

const twoTo32 = 4294967296;
const bufferLength = 1024;

/**
 * The numbers 0 to n - 1 in random order, every order equally likely (Fisher and Yates).
 *
 * @param n - How many, an integer from 0 to 2^31 - 1.
 * @param stream - Which sequence; the same stream gives the same order.
 * @returns An int32 array of n elements.
 * @throws InvalidArgumentError when n is not such an integer.
 */
export function permutation(n: number, stream: RandomStream): Int32Array {
  if (!(Number.isInteger(n) && n >= 0 && n < 2147483648)) {
    throw new InvalidArgumentError(`\`n\` must be an integer from 0 to 2^31 - 1. Received: n=${describeValue(n)}.`);
  }
  const order = new Int32Array(n);
  for (let i = 0; i < n; i++) order[i] = i;

  const words = new Uint32Array(Math.min(bufferLength, n));
  let at = words.length;
  let next = 0;
  for (let last = n - 1; last > 0; last--) {
    const choices = last + 1;
    // Words from the incomplete last round of 2^32 would favour small remainders: they are passed over.
    const limit = twoTo32 - (twoTo32 % choices);
    let word: number;
    do {
      if (at === words.length) {
        fillWords(words, next, stream);
        next += words.length;
        at = 0;
      }
      word = words[at++] as number;
    } while (word >= limit);
    const chosen = word % choices;
    const kept = order[last] as number;
    order[last] = order[chosen] as number;
    order[chosen] = kept;
  }
  return order;
}
