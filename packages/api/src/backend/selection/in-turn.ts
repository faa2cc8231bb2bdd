let before: Promise<unknown> = Promise.resolve();

/**
 * Runs a piece of work when those that were asked for earlier have ended, well or not.
 *
 * @param work - What must not run beside its like.
 * @returns What it returns.
 */
export async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const mine = before.then(work, work);
  before = mine.catch(() => undefined);
  return mine;
}
