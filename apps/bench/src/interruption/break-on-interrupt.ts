import { Script } from "node:vm";
import { InterruptedError } from "../failure.ts";

/** Under this name the script below finds what it runs. */
const slot = Symbol.for("rowan: work that an interrupt breaks");
const script = new Script(`globalThis[Symbol.for(${JSON.stringify(Symbol.keyFor(slot))})]()`);
const world = globalThis as { [slot]?: (() => void) | undefined };

/**
 * Does work that gives signals no turn, such as a library's long loop, so that Ctrl-C ends it all the same. What is inside of the work
 * when it breaks is of no use any more.
 *
 * @param work - Not asynchronous.
 * @returns What the work gives.
 * @throws InterruptedError where Ctrl-C broke it.
 */
export function breakOnInterrupt<T>(work: () => T): T {
  let result: { readonly value: T } | undefined;
  world[slot] = () => {
    result = { value: work() };
  };
  try {
    script.runInThisContext({ breakOnSigint: true, displayErrors: false });
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ERR_SCRIPT_EXECUTION_INTERRUPTED")) throw error;
    // Whoever listens has not heard of it.
    process.emit("SIGINT");
    throw new InterruptedError();
  } finally {
    world[slot] = undefined;
  }
  return (result as unknown as { readonly value: T }).value;
}
