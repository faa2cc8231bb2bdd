import { randomUUID } from "node:crypto";
import { open, rm, stat } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { FileError } from "../failure.ts";
import { noteUnfinished } from "../interruption/unfinished.ts";

/** The claims that this process has. */
const own = new Set<string>();

/**
 * Takes an output for this process alone. Runs that keep unfinished work beside it would cut off or replace each other's.
 *
 * Whoever wants the output adds a line to its lock, and has it if no line before is of a process that still runs. Lines come one behind
 * another, so that of several who find the lock of a killed run only one can be the first.
 *
 * @param out - The file that is written.
 * @returns Gives it back.
 * @throws FileError where another process that still runs has it.
 */
export async function claimOut(out: string): Promise<() => Promise<void>> {
  const path = `${out}.lock`;
  // The number of a process is given again: in a container to the next run.
  const claim = `${process.pid} ${randomUUID()}`;
  own.add(claim);
  try {
    for (;;) {
      const { first, inode } = await lineUp(path, claim);
      if (first !== claim) {
        throw new FileError(
          `${out} must be written by one run at a time. Received: another one, process ${first.split(" ", 1)[0]}. Wait for its end; if there is none, remove ${path}.`,
        );
      }
      // Who had it may have removed the lock since it was opened: then nobody else sees the claim.
      if ((await inodeOf(path)) !== inode) continue;
      const forget = noteUnfinished(path, inode);
      return async () => {
        if ((await inodeOf(path)) === inode) await rm(path, { force: true });
        own.delete(claim);
        forget();
      };
    }
  } catch (error) {
    own.delete(claim);
    throw error instanceof Error && "syscall" in error ? Object.assign(error, { path: out }) : error;
  }
}

/** Adds a claim to a lock. */
async function lineUp(path: string, claim: string): Promise<{ readonly first: string; readonly inode: number }> {
  const file = await open(path, "a+");
  try {
    // A line before may have lost its end with the machine's power.
    await file.appendFile(`\n${claim}\n`);
    return { first: firstRunning(await readAll(file)) ?? claim, inode: (await file.stat()).ino };
  } catch (error) {
    // On a full disk nothing went in.
    if ((await file.stat()).size === 0) await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

/** From the beginning, wherever the file is written. */
async function readAll(file: FileHandle): Promise<string> {
  const { size } = await file.stat();
  const { buffer, bytesRead } = await file.read(new Uint8Array(size), 0, size, 0);
  return new TextDecoder().decode(buffer.subarray(0, bytesRead));
}

function firstRunning(lock: string): string | undefined {
  return lock.split("\n").find(isRunning);
}

async function inodeOf(path: string): Promise<number | undefined> {
  return (await stat(path).catch(() => undefined))?.ino;
}

function isRunning(claim: string): boolean {
  const pid = Number.parseInt(claim, 10);
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  if (pid === process.pid) return own.has(claim);
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
