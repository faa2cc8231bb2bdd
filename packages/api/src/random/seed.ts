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

/**
 * A seed for something that was given none: the next of the sequence after `setRandomSeed`, before it a fresh one. A seed
 * need not be secret: `Math.random` is there in every runtime, while the first use of `crypto` costs Node several milliseconds.
 *
 * @returns An integer from 0 to 2^53 - 1.
 */
export function nextSeed(): number {
  const words = new Uint32Array(2);
  if (sequence) {
    fillWords(words, 2 * sequence.taken, { seed: sequence.seed, purpose: "seed" });
    sequence.taken++;
  } else {
    for (let i = 0; i < 2; i++) words[i] = Math.floor(Math.random() * twoTo32);
  }
  return ((words[0] as number) >>> 11) * twoTo32 + (words[1] as number);
}
