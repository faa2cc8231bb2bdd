import { InterruptedError } from "../failure.ts";

/**
 * Waits for work that leaves nothing behind, such as the reading of a large file, but no longer than until the run is interrupted.
 *
 * @param work - What is waited for; it goes on unheeded where nobody waits any more.
 * @param signal - The interruption.
 * @throws InterruptedError as soon as the signal is set off.
 */
export async function untilInterrupted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let interrupt: (() => void) | undefined;
  const interrupted = new Promise<never>((_, reject) => {
    interrupt = (): void => reject(new InterruptedError());
    if (signal.aborted) interrupt();
    signal.addEventListener("abort", interrupt);
  });
  try {
    return await Promise.race([work, interrupted]);
  } finally {
    if (interrupt) signal.removeEventListener("abort", interrupt);
  }
}
