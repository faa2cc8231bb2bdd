import { InterruptedError } from "../failure.ts";

/** Signals and timers wait at most so long, in milliseconds. */
const patience = 50;

/**
 * Makes what a long computation calls again and again, so that Ctrl-C is heard.
 *
 * @param signal - Ends the computation.
 * @returns Lets others have their turn when they have waited long enough. InterruptedError when the signal was set off.
 */
export function createPause(signal: AbortSignal): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last > patience) {
      await new Promise((resolve) => setImmediate(resolve));
      last = performance.now();
    }
    if (signal.aborted) throw new InterruptedError();
  };
}
