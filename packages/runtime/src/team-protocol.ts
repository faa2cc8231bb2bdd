/**
 * The words through which a team of threads is told what to do: for each helper a counter of its orders, a counter of what it has
 * done, and whether it failed; then, from `argumentsOffset` on, the number of the kernel and its arguments as float64.
 */

/** Which of the int32 words counts the orders of a helper. */
export const orders = 0;
/** Which counts what it has done. */
export const done = 1;
/** Which says that a kernel failed. */
export const failed = 2;

/** Where arguments begin, in bytes; more than a cache line from the words that others watch. */
export const argumentsOffset = 128;
/** The most arguments that a kernel takes, with its own number and their count. */
export const argumentSlots = 32;

/** What a helper needs once. */
export interface HelperSetup {
  /** A compiled `WebAssembly.Module`. */
  readonly module: object;
  /** A shared `WebAssembly.Memory`. */
  readonly memory: object;
  readonly words: SharedArrayBuffer;
  /** Names of kernels, by the number that orders say. */
  readonly kernels: readonly string[];
}

/**
 * Room for the orders of a helper.
 *
 * @returns Shared memory, zeroed.
 */
export function createWords(): SharedArrayBuffer {
  return new SharedArrayBuffer(argumentsOffset + argumentSlots * 8);
}

/** How often a thread looks before it sleeps: some hundredths of a millisecond, in which the next order of a step usually comes. */
export const spins = 4000;
