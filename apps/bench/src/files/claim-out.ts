import { readFile, rm, writeFile } from "node:fs/promises";
import { FileError } from "../failure.ts";
import { noteUnfinished } from "../interruption/unfinished.ts";

/**
 * Takes an output for this process alone. Runs that keep unfinished work beside it would cut off or replace each other's.
 *
 * @param out - The file that is written.
 * @returns Gives it back.
 * @throws FileError where another process that still runs has it.
 */
export async function claimOut(out: string): Promise<() => Promise<void>> {
  const path = `${out}.lock`;
  const holder = Number(await readFile(path, "utf8").catch(() => ""));
  // Who was killed could not give it back.
  if (!isRunning(holder)) await rm(path, { force: true });
  try {
    await writeFile(path, String(process.pid), { flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw Object.assign(error as Error, { path: out });
    throw new FileError(
      `${out} must be written by one run at a time. Received: another one, process ${holder || "unknown"}. Wait for its end; if there is none, remove ${path}.`,
    );
  }
  const forget = noteUnfinished(path);
  return async () => {
    await rm(path, { force: true });
    forget();
  };
}

function isRunning(pid: number): boolean {
  // Its own number is from before: a container gives the same ones again.
  if (!Number.isSafeInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
