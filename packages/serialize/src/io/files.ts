/** Files by descriptor: the part of `node:fs` that is needed, as promises. Node, Deno and Bun agree on it. */
import { FileAccessError } from "@rowan/api";
import type { NoParamCallback } from "node:fs";
import { nodeModule } from "./node.ts";

type Fs = NonNullable<ReturnType<typeof nodeModule<"node:fs">>>;

/**
 * Node's way to files, in the runtimes that have it.
 *
 * @param what - What needs it, for the message.
 * @returns `node:fs`.
 * @throws FileAccessError in a browser.
 */
export function fileSystem(what: string): Fs {
  const fs = nodeModule("node:fs");
  if (fs) return fs;
  throw new FileAccessError(
    `Paths need a runtime with a file system (Node, Deno, Bun). Received: ${JSON.stringify(what)} in a browser. Pass a URL, a Blob, a stream or bytes.`,
  );
}

/**
 * A function with Node's callback as a promise.
 *
 * @param start - Calls the function.
 * @returns Fulfilled when it calls back.
 */
export function done(start: (callback: NoParamCallback) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    start((error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

/**
 * The same for a function that gives a value.
 *
 * @param start - Calls the function.
 * @returns Its value.
 */
export function valueOf<T>(start: (callback: (error: NodeJS.ErrnoException | null, value: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    start((error, value) => {
      if (error) reject(error);
      else resolve(value);
    });
  });
}

/**
 * What the system said, for a message.
 *
 * @param error - Anything that was thrown.
 * @returns `"ENOSPC: no space left on device, write"`, or the like.
 */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
