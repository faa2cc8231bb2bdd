import { writeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { removeUnfinished } from "./unfinished.ts";

/** What asks a program to end. A terminal that was closed does not: `nohup` is to be heeded. */
const asking = ["SIGINT", "SIGTERM"] as const;

/** So long an interrupted command may take to end in order, in milliseconds. */
const grace = 700;

/**
 * Sets a signal off when the program is asked to end. A command that is not done soon after that, or is asked a second time, is ended on
 * the spot: what is unfinished is removed, and the process dies by the signal, which a shell reports as 130 for Ctrl-C.
 *
 * @param interrupt - What commands listen to.
 */
export function listenForSignals(interrupt: AbortController): void {
  let isAsked = false;
  for (const name of asking) {
    process.on(name, () => {
      if (isAsked) endNow(name);
      isAsked = true;
      interrupt.abort();
      setTimeout(() => endNow(name), grace).unref();
    });
  }
}

/** `process.exit` would wait for threads that wait for a disk or a pipe; dying by the signal waits for nobody. */
function endNow(name: NodeJS.Signals): void {
  removeUnfinished();
  try {
    writeSync(2, "rowan: interrupted\n");
  } catch {
    // Nobody hears it.
  }
  die(name);
}

function die(name: NodeJS.Signals): void {
  process.removeAllListeners(name);
  process.kill(process.pid, name);
}

/**
 * Ends an interrupted process, whose work is in order by now; what it still waits for, such as a large file that is read, is left.
 */
export async function leave(): Promise<never> {
  // Whoever was interrupted before it could take its own things away, as where several are begun one after another.
  removeUnfinished();
  // A thread that is inside of the system would hold the exit up. Most are back in a moment; nobody waits for the others.
  const isWaiting = (): boolean => process.getActiveResourcesInfo().some((name) => name.startsWith("FSReq"));
  for (let turn = 0; turn < 4 && isWaiting(); turn++) await sleep(5);
  if (isWaiting()) die("SIGINT");
  process.exit();
}
