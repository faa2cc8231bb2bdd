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

/**
 * The time of one call when nothing disturbs it: the least of several averages.
 *
 * @param run - The work.
 * @param warmMs - How long it warms up at most, in milliseconds; the first call in any case.
 * @param timedMs - About how long it is timed, in milliseconds; at least one call.
 * @returns Milliseconds a call.
 */
export async function timeCalls(run: () => Promise<void>, warmMs: number, timedMs: number): Promise<number> {
  const start = now();
  let last = 0;
  do {
    const before = now();
    await run();
    last = now() - before;
  } while (now() - start < warmMs);
  // Who has used up both times with the first call is slow enough to be told by it.
  if (last > warmMs + timedMs) return last;
  const calls = Math.max(1, Math.ceil(shortestMs / Math.max(last, 0.001)));
  let least = Infinity;
  const begin = now();
  do {
    const before = now();
    for (let call = 0; call < calls; call++) await run();
    least = Math.min(least, (now() - before) / calls);
  } while (now() - begin < timedMs);
  return least;
}
