/**
 * What a team of threads shares: a few words, and the work that is to be done.
 *
 * Work is a kernel and lists of arguments, its parts. The word `parts` says which of them nobody has taken, and whose parts they are:
 * the rest of that word is another number for each work, so that a thread that comes late takes nothing of the next one by mistake. A
 * thread reads the arguments only when it has taken a part: until that part is marked as done they stay.
 */

import type { CompiledKernels } from "@rowan/backend-cpu/thread";

/** Which of the int32 words says which parts are left: the first one in its lowest bits, then one past the last one, then which work. */
export const parts = 0;
/** Which counts the parts that are not done; a cache line from the word before. */
export const undone = 16;
/** Which counts helpers that sleep. */
export const asleep = 32;
/** Which says that a kernel failed. */
export const failed = 33;

/** Bits of the number of a part. */
const partBits = 7;
const partMask = (1 << partBits) - 1;

/** The most arguments that a divided kernel takes. */
const argumentSlots = 18;
/** Words, then the kernel, then the arguments of each part. */
const [wordCount, leadSlots] = [48, 1];

/** What a team shares. */
export interface TeamWords {
  readonly state: Int32Array<SharedArrayBuffer>;
  readonly work: Float64Array<SharedArrayBuffer>;
}

/** What a helper needs once. */
export interface HelperSetup {
  readonly compiled: CompiledKernels;
  /** A shared `WebAssembly.Memory`. */
  readonly memory: object;
  readonly words: SharedArrayBuffer;
  /** Names of kernels, by the number that a work says. */
  readonly kernels: readonly string[];
}

/** What a helper gets as its data: beside its setup, where it posts what a kernel threw. */
export interface HelperData extends HelperSetup {
  readonly faults: { postMessage(fault: unknown): void };
}

/** A kernel as its module exports it. */
export type Kernel = (...args: number[]) => void;

/**
 * Room for the words of a team.
 *
 * @returns Shared memory, zeroed.
 */
export function createWords(): SharedArrayBuffer {
  return new SharedArrayBuffer(wordCount * 4 + (leadSlots + argumentSlots * partMask) * 8);
}

/**
 * The words as both sides see them.
 *
 * @param words - What `createWords` made.
 * @returns Views.
 */
export function viewWords(words: SharedArrayBuffer): TeamWords {
  return { state: new Int32Array(words, 0, wordCount), work: new Float64Array(words, wordCount * 4) };
}

/**
 * Brings a work.
 *
 * @param words - Of a team whose last work is done.
 * @param number - The number of this work.
 * @param kernel - The number of the kernel.
 * @param calls - The arguments of each part.
 */
export function bringWork({ state, work }: TeamWords, number: number, kernel: number, calls: readonly (readonly number[])[]): void {
  work[0] = kernel;
  let at = leadSlots;
  for (const args of calls) {
    for (let i = 0; i < args.length; i++) work[at + i] = args[i] as number;
    at += argumentSlots;
  }
  Atomics.store(state, undone, calls.length);
  Atomics.store(state, parts, (number << (2 * partBits)) | (calls.length << partBits));
  if (Atomics.load(state, asleep) > 0) Atomics.notify(state, parts);
}

/**
 * Takes parts and runs them until none is left. Where kernels follow one another over the same rows, a thread should have the same ones
 * again, which are in its cache: so the calling thread takes the last parts, and helpers take the first.
 *
 * @param words - Of the team.
 * @param kernels - By number. A part whose kernel throws counts as done.
 * @param isHelper - Which end to take from.
 * @param tell - Called with what a kernel threw, before the words say that one did.
 * @returns The word in which no part was left: whoever waits for another one misses no work that came since.
 */
export function takeParts(
  { state, work }: TeamWords,
  kernels: readonly Kernel[],
  isHelper: boolean,
  tell: (fault: unknown) => void,
): number {
  for (;;) {
    const seen = Atomics.load(state, parts);
    const first = seen & partMask;
    const end = (seen >>> partBits) & partMask;
    if (first === end) return seen;
    const rest = isHelper ? seen + 1 : seen - (1 << partBits);
    if (Atomics.compareExchange(state, parts, seen, rest) !== seen) continue;
    try {
      call(kernels[work[0] as number] as Kernel, work, leadSlots + (isHelper ? first : end - 1) * argumentSlots);
    } catch (fault) {
      tell(fault);
      Atomics.store(state, failed, 1);
    }
    // Whoever brought the work may sleep until the last part is done.
    if (Atomics.sub(state, undone, 1) === 1) Atomics.notify(state, undone);
  }
}

/** All slots, whatever the kernel takes: WASM ignores the rest, and spreading a typed array costs more than a small part. */
function call(kernel: Kernel, work: Float64Array, at: number): void {
  const slot = (i: number): number => work[at + i] as number;
  // prettier-ignore
  kernel(
    slot(0), slot(1), slot(2), slot(3), slot(4), slot(5), slot(6), slot(7), slot(8),
    slot(9), slot(10), slot(11), slot(12), slot(13), slot(14), slot(15), slot(16), slot(17),
  );
}

/** Milliseconds for which a thread looks again and again before it sleeps: the next work of a step usually comes sooner, and waking costs both sides. */
const awakeMilliseconds = 0.3;

/**
 * Looks again and again, for a short time.
 *
 * @param isThere - Whether what is waited for is there.
 * @returns Whether it came.
 */
export function lookOut(isThere: () => boolean): boolean {
  const end = performance.now() + awakeMilliseconds;
  do {
    for (let look = 0; look < 64; look++) if (isThere()) return true;
  } while (performance.now() < end);
  return false;
}
