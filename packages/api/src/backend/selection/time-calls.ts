/**
 * Milliseconds since some moment.
 *
 * @returns As fine as the runtime tells it.
 */
export function now(): number {
  const { performance } = globalThis as { performance?: { now(): number } };
  return performance?.now() ?? Date.now();
}

/** Clocks of web pages go in steps of a tenth of a millisecond: as many calls as fill this time are timed at once. */
const shortestMs = 1;
/** A call that takes so many milliseconds is believed at once: an interruption is a small part of it. */
const longMs = 40;
/** What takes less than this many milliseconds is timed twice at least: it may have been interrupted. */
const againMs = 20;

/**
 * The time of one call when nothing disturbs it: the least of several averages.
 *
 * @param run - The work.
 * @param forMs - About how long, in milliseconds: half of it to warm up, half to be timed; at least one call.
 * @returns Milliseconds a call.
 */
export async function timeCalls(run: () => Promise<void>, forMs: number): Promise<number> {
  const start = now();
  let last = 0;
  do last = await timeTurn(run, 0);
  while (now() - start < forMs / 2);
  if (last > Math.max(forMs, longMs)) return last;
  let least = Infinity;
  const begin = now();
  let windows = 0;
  do {
    least = Math.min(least, await timeTurn(run, shortestMs));
    windows++;
  } while (now() - begin < forMs / 2 || (windows < 2 && now() - begin < againMs));
  return least;
}

/**
 * The average of as many calls as fit, with all that comes along with them, such as the collection of garbage.
 *
 * @param run - The work, warm.
 * @param forMs - About how long, in milliseconds; at least one call.
 * @returns Milliseconds a call.
 */
export async function timeTurn(run: () => Promise<void>, forMs: number): Promise<number> {
  const begin = now();
  let calls = 0;
  do {
    await run();
    calls++;
  } while (now() - begin < forMs);
  return (now() - begin) / calls;
}
