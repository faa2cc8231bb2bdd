/**
 * What a team of threads shares: a few words, and the work that is to be done.
 *
 * Work is a kernel and lists of arguments, its parts. A thread takes a part by counting the word `parts` down; whose parts they are
 * is said by the rest of that word, which is another number for each work, so that a thread that comes late takes nothing of the next
 * one by mistake. A thread reads the arguments only when it has taken a part: until that part is marked as done they stay.
 */

/** Which of the int32 words counts the parts that nobody has taken, in its lowest bits, and all works, above them. */
export const parts = 0;
/** Which counts the parts that are not done; a cache line from the word before. */
export const undone = 16;
/** Which counts helpers that sleep. */
export const asleep = 32;
/** Which says that a kernel failed. */
export const failed = 33;

/** The bits of the word `parts` that count parts. */
export const partBits = 7;
const partMask = (1 << partBits) - 1;

/** The most arguments that a kernel takes. */
const argumentSlots = 24;
/** Words, then the kernel and the number of its arguments, then the arguments of each part. */
const [wordCount, leadSlots] = [48, 2];

/** What a team shares. */
export interface TeamWords {
  readonly state: Int32Array<SharedArrayBuffer>;
  readonly work: Float64Array<SharedArrayBuffer>;
}

/** What a helper needs once. */
export interface HelperSetup {
  /** A compiled `WebAssembly.Module`. */
  readonly module: object;
  /** A shared `WebAssembly.Memory`. */
  readonly memory: object;
  readonly words: SharedArrayBuffer;
  /** Names of kernels, by the number that a work says. */
  readonly kernels: readonly string[];
}

/** Runs the kernel of a number. */
export type RunKernel = (kernel: number, args: Float64Array) => void;

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
 * Writes a work down, of which nothing can be taken yet.
 *
 * @param words - Of a team whose last work is done.
 * @param kernel - The number of the kernel.
 * @param calls - The arguments of each part.
 */
export function writeWork({ work }: TeamWords, kernel: number, calls: readonly (readonly number[])[]): void {
  work[0] = kernel;
  work[1] = calls[0]?.length ?? 0;
  calls.forEach((args, part) => {
    work.set(args, leadSlots + part * argumentSlots);
  });
}

/**
 * Takes parts and runs them until none is left.
 *
 * @param words - Of the team.
 * @param run - Runs a kernel; what it throws is noted, and the part counts as done.
 * @returns Whether this thread did any.
 */
export function takeParts({ state, work }: TeamWords, run: RunKernel): boolean {
  for (let took = false; ; took = true) {
    const seen = Atomics.load(state, parts);
    const left = seen & partMask;
    if (left === 0) return took;
    if (Atomics.compareExchange(state, parts, seen, seen - 1) !== seen) continue;
    const start = leadSlots + (left - 1) * argumentSlots;
    try {
      run(work[0] as number, work.subarray(start, start + (work[1] as number)));
    } catch {
      Atomics.store(state, failed, 1);
    }
    // Whoever called may sleep until the last part is done.
    if (Atomics.sub(state, undone, 1) === 1) Atomics.notify(state, undone);
  }
}

/** Milliseconds for which a thread looks again and again before it sleeps: the next work of a step usually comes sooner. */
const awakeMilliseconds = 0.1;

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
