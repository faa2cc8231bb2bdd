/**
 * Milliseconds since some moment.
 *
 * @returns As fine as the runtime tells it.
 */
export function now(): number {
  const { performance } = globalThis as { performance?: { now(): number } };
  return performance?.now() ?? Date.now();
}

/** Clocks of web pages go in steps of a tenth of a millisecond: shorter calls are timed several at once. */
const shortestMs = 1;
/** A call that takes so many milliseconds is believed at once: an interruption is a small part of it. */
const longMs = 40;

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
  do last = await averageOf(run, 1);
  while (now() - start < forMs / 2);
  if (last > Math.max(forMs, longMs)) return last;
  const calls = Math.max(1, Math.ceil(shortestMs / Math.max(last, 0.001)));
  let least = last;
  const begin = now();
  do least = Math.min(least, await averageOf(run, calls));
  while (now() - begin < forMs / 2);
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

async function averageOf(run: () => Promise<void>, calls: number): Promise<number> {
  const before = now();
  for (let call = 0; call < calls; call++) await run();
  return (now() - before) / calls;
}
