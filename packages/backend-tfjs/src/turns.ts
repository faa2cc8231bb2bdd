/**
 * TensorFlow.js has one active backend and one of each name in a process, and starting one by `setBackend` makes it forget another
 * that is still on its way. So whoever starts an engine, or needs one to be the active one, takes a turn. The queue hangs on a
 * well-known symbol of the global object, where every package that uses TensorFlow.js finds it without importing another one.
 */
const key = Symbol.for("@rowan/tfjs-turns");

/**
 * Waits until nobody else starts or switches an engine of TensorFlow.js, then works.
 *
 * @param work - What needs the engine to itself. It must not take a turn of its own, and leaves the active backend as it found it.
 * @returns What the work gives; a failure is the caller's alone, and the next turn comes all the same.
 */
export function takeTurn<T>(work: () => Promise<T>): Promise<T> {
  const scope = globalThis as { [key]?: Promise<unknown> };
  const result = (scope[key] ?? Promise.resolve()).then(work);
  scope[key] = result.then(
    () => undefined,
    () => undefined,
  );
  return result;
}
