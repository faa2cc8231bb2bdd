/** Names of files that are being written, and what becomes of those whose writer died. */
import { done, fileSystem, valueOf } from "./files.ts";
import { nodeModule, paths } from "./node.ts";

/** `<target>.<host>-<process>-<random>.rowan-tmp` */
const suffix = ".rowan-tmp";
const pattern = /\.([0-9a-z]+)-(\d+)-([0-9a-f]+)\.rowan-tmp$/;
/** The rest of the name of a shard that is being written, behind the name of its index. */
const shardTemporary = /^(?:[0-9a-f]{8}-)?\d{5}-of-\d{5}\.rowan$/;
/** A writer on another machine that has not touched its file for so long is dead. */
const staleMilliseconds = 3_600_000;

/** This machine in a name, so that process numbers are only compared with those of the same machine. */
function host(): string {
  const name = nodeModule("node:os")?.hostname() ?? "";
  let hash = 0;
  for (let i = 0; i < name.length; i++) hash = (Math.imul(hash, 31) + name.charCodeAt(i)) >>> 0;
  return hash.toString(36);
}

/**
 * A part of a name that nobody else takes.
 *
 * @param bytes - How many.
 * @returns Two digits for each.
 */
export function randomHex(bytes: number): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * A name for a file that is being written: beside its place, since a rename works only inside of one file system.
 *
 * @param target - Its place.
 * @returns A path that no other writer has.
 */
export function temporaryPath(target: string): string {
  return `${target}.${host()}-${process.pid}-${randomHex(6)}${suffix}`;
}

/**
 * The random part of such a name.
 *
 * @param path - From `temporaryPath`.
 * @returns Twelve hexadecimal digits.
 */
export function markOf(path: string): string {
  return pattern.exec(path)?.[3] ?? "";
}

/**
 * Removes what writers of a file left that do not live any more, and what they left of its shards. What cannot be removed stays.
 *
 * @param target - The place of the file.
 */
export async function sweepTemporaries(target: string): Promise<void> {
  const fs = fileSystem(target);
  const system = paths();
  const folder = system.dirname(target);
  const own = system.basename(target);
  const shard = `${system.basename(target, ".rowan")}-`;
  const names = await valueOf<string[]>((callback) => fs.readdir(folder, callback)).catch(() => []);
  for (const name of names) {
    const match = pattern.exec(name);
    if (!match) continue;
    const written = name.slice(0, match.index);
    if (written !== own && !(written.startsWith(shard) && shardTemporary.test(written.slice(shard.length)))) continue;
    const path = system.join(folder, name);
    if (!(await hasWriter(path, match))) await done((callback) => fs.unlink(path, callback)).catch(() => undefined);
  }
}

/**
 * The random parts of the names of files that somebody writes at this moment.
 *
 * @param folder - Where they are.
 * @param names - Names of files there.
 * @returns As of `markOf`.
 */
export async function livingMarks(folder: string, names: readonly string[]): Promise<string[]> {
  const marks: string[] = [];
  for (const name of names) {
    const match = pattern.exec(name);
    if (match && (await hasWriter(paths().join(folder, name), match))) marks.push(match[3] as string);
  }
  return marks;
}

async function hasWriter(path: string, [, machine, pid]: RegExpExecArray): Promise<boolean> {
  return !(machine === host() && !isAlive(Number(pid))) && !(await isOld(path));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, and is somebody else's.
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

async function isOld(path: string): Promise<boolean> {
  const fs = fileSystem(path);
  const stats = await valueOf<{ mtimeMs: number }>((callback) => {
    fs.stat(path, callback);
  }).catch(() => undefined);
  return stats !== undefined && Date.now() - stats.mtimeMs > staleMilliseconds;
}

/**
 * Makes a rename last: the folder is flushed where the system can do that.
 *
 * @param path - A file in it.
 */
export async function flushFolder(path: string): Promise<void> {
  const fs = fileSystem(path);
  const folder = nodeModule("node:path")?.dirname(path) ?? ".";
  let file: number;
  try {
    file = await valueOf<number>((callback) => {
      fs.open(folder, "r", callback);
    });
  } catch {
    // Windows opens no folders; the rename is in its journal.
    return;
  }
  await done((callback) => fs.fsync(file, callback)).catch(() => undefined);
  await done((callback) => fs.close(file, callback));
}
