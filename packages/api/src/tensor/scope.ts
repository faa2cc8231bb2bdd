import { InvalidArgumentError } from "../errors.ts";

/** What a scope frees at its end. */
export interface Disposable {
  dispose(): void;
}

/**
 * The memory of one step or one predict: everything made inside of `run` belongs to it, and `release` gives it back whole.
 * Since `run` is synchronous, two steps that take turns at their `await`s never see each other's arena.
 */
export class Arena {
  readonly #owned = new Set<Disposable>();

  /**
   * Runs a function; what it makes belongs to this arena.
   *
   * @param fn - Synchronous work. May be called several times for one arena.
   * @returns What the function returned.
   */
  run<T>(fn: () => T): T {
    const outer = current;
    current = this;
    try {
      return fn();
    } finally {
      current = outer;
    }
  }

  /** Takes something into this arena. */
  adopt(owned: Disposable): void {
    this.#owned.add(owned);
  }

  /**
   * Lets something go: it is its new owner's to free.
   *
   * @param owned - What may belong to this arena.
   * @returns Whether it did.
   */
  disown(owned: Disposable): boolean {
    return this.#owned.delete(owned);
  }

  /** Frees everything that is still owned. */
  release(): void {
    const owned = [...this.#owned];
    this.#owned.clear();
    for (const one of owned) one.dispose();
  }
}

let current: Arena | undefined;

/**
 * The arena that new tensors belong to at this moment.
 *
 * @returns The innermost arena, or undefined outside of all of them: then the tensor is its maker's to dispose.
 */
export function currentArena(): Arena | undefined {
  return current;
}

/**
 * Runs ops and frees every tensor made on the way, except those that are returned.
 *
 * @param fn - Synchronous work; it may return a tensor, or arrays and plain objects with tensors in them.
 * @returns What the function returned; its tensors belong to the scope around this one, or to the caller.
 * @throws InvalidArgumentError when `fn` returns a promise: memory would be freed under the feet of what still runs.
 * @example
 * const total = scope(() => ops.sum(ops.multiply(a, b)));
 */
export function scope<T>(fn: () => T): T {
  const arena = new Arena();
  const outer = current;
  try {
    const result = arena.run(fn);
    if (result instanceof Promise) {
      throw new InvalidArgumentError(
        "`scope` takes a synchronous function. Received: one that returned a promise. Await outside of the scope.",
      );
    }
    visitDisposables(result, (tensor) => {
      // What was only passed through, such as the tensor of a weight, stays with its owner.
      if (arena.disown(tensor)) outer?.adopt(tensor);
    });
    return result;
  } finally {
    arena.release();
  }
}

/**
 * Takes a tensor out of the scope that would free it.
 *
 * @param tensor - Made inside of the current scope.
 * @returns The same tensor, now the caller's to dispose.
 */
export function keep<T extends Disposable>(tensor: T): T {
  current?.disown(tensor);
  return tensor;
}

function visitDisposables(value: unknown, visit: (tensor: Disposable) => void): void {
  if (value === null || typeof value !== "object") return;
  if (isDisposable(value)) visit(value);
  else if (Array.isArray(value)) for (const one of value) visitDisposables(one, visit);
  else if (Object.getPrototypeOf(value) === Object.prototype) for (const one of Object.values(value)) visitDisposables(one, visit);
}

function isDisposable(value: object): value is Disposable {
  return "dispose" in value && typeof value.dispose === "function";
}
