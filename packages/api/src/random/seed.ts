import { UnsupportedOpError } from "../errors.ts";
import { checkSeed } from "./check-seed.ts";
import { fillWords } from "./stream.ts";

const twoTo32 = 4294967296;

/** The sequence of seeds that `setRandomSeed` started: its own seed, and how many were taken. */
let sequence: { readonly seed: number; taken: number } | undefined;

/**
 * Makes everything that follows repeatable: initial values, shuffles and dropout masks without a seed of their own take the
 * next seed of a sequence that starts here. The counterpart of `keras.utils.set_random_seed`; it starts again at each call.
 *
 * @param seed - An integer from 0 to 2^53 - 1.
 * @throws InvalidArgumentError when it is not.
 */
export function setRandomSeed(seed: number): void {
  sequence = { seed: checkSeed(seed), taken: 0 };
}

/** What Web Crypto offers in every runtime; declared here since this package assumes no platform's types. */
interface CryptoSource {
  getRandomValues(words: Uint32Array): unknown;
}

/**
 * A seed for something that was given none: the next of the sequence after `setRandomSeed`, before it a fresh one from the
 * runtime's `crypto.getRandomValues`.
 *
 * @returns An integer from 0 to 2^53 - 1.
 * @throws UnsupportedOpError when no sequence was started and the runtime has no `crypto`.
 */
export function nextSeed(): number {
  const words = new Uint32Array(2);
  if (sequence) {
    fillWords(words, 2 * sequence.taken, { seed: sequence.seed, purpose: "seed" });
    sequence.taken++;
  } else {
    const source = (globalThis as { readonly crypto?: CryptoSource }).crypto;
    if (!source) {
      throw new UnsupportedOpError(
        "A fresh seed needs `globalThis.crypto`. Received: crypto=undefined. Call `setRandomSeed` first, or pass seeds.",
      );
    }
    source.getRandomValues(words);
  }
  return ((words[0] as number) >>> 11) * twoTo32 + (words[1] as number);
}
