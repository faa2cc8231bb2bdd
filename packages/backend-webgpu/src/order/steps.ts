/** Work that may have to wait: it yields what must be over before it goes on. Work that yields nothing is done at once. */
export type Steps<T> = Generator<Promise<unknown>, T, void>;

/**
 * Waits inside of such work.
 *
 * @param promise - What must be over.
 * @returns What it gave.
 */
export function* waitFor<T>(promise: Promise<T>): Steps<T> {
  let given: { readonly value: T } | undefined;
  yield promise.then((value) => {
    given = { value };
  });
  return (given as unknown as { readonly value: T }).value;
}

/**
 * Does such work.
 *
 * @param steps - The work.
 * @returns Its result; a promise of it only where something had to be waited for.
 */
export function walk<T>(steps: Steps<T>): T | Promise<T> {
  const next = steps.next();
  return next.done === true ? next.value : walkOn(steps, next.value);
}

async function walkOn<T>(steps: Steps<T>, first: Promise<unknown>): Promise<T> {
  let waiting = first;
  for (;;) {
    const next = await waiting.then(
      () => steps.next(),
      (error: unknown) => steps.throw(error),
    );
    if (next.done === true) return next.value;
    waiting = next.value;
  }
}
