/** What saves of several files leave behind that were killed, or lost a race: shards that no index speaks of. */
import { CheckpointFormatError } from "@rowan/api";
import { FileSource } from "../io/file-source.ts";
import { done, fileSystem, valueOf } from "../io/files.ts";
import { paths } from "../io/node.ts";
import { livingMarks } from "../io/temporaries.ts";
import { CheckpointReader } from "./checkpoint-reader.ts";

const extension = ".rowan";
const shardPattern = /^(.+)-([0-9a-f]{8})-\d{5}-of-\d{5}\.rowan$/;

/**
 * The part that the names of an index and of its shards have in common.
 *
 * @param path - Of the index.
 * @returns Its name without folder and ending.
 */
export function stemOf(path: string): string {
  return paths().basename(path, extension);
}

/**
 * The name of a shard.
 *
 * @param stem - See `stemOf`.
 * @param mark - Eight hexadecimal digits that each save has of its own.
 * @param shard - From 1.
 * @param count - How many there are.
 */
export function shardName(stem: string, mark: string, shard: number, count: number): string {
  const number = (value: number): string => String(value).padStart(5, "0");
  return `${stem}-${mark}-${number(shard)}-of-${number(count)}${extension}`;
}

/**
 * Removes the shards of a checkpoint that no index in the folder speaks of, and that no writer who lives will speak of: those of the
 * checkpoint that was replaced, of saves that were killed, and of those that another save overtook.
 *
 * A writer holds the temporary file of its index, with the mark of its shards in the name, from before its first shard is there until
 * the index is. So the order of the three looks matters: shards, then writers, then indices. Whoever is no writer any more at the
 * second look has put its index there before the third, or never will.
 *
 * @param path - Of the index.
 */
export async function sweepShards(path: string): Promise<void> {
  const fs = fileSystem(path);
  const system = paths();
  const folder = system.dirname(path);
  const stem = stemOf(path);
  const list = (): Promise<string[]> => valueOf<string[]>((callback) => fs.readdir(folder, callback)).catch(() => []);
  const found = new Map<string, string>();
  for (const name of await list()) {
    const match = shardPattern.exec(name);
    if (match?.[1] === stem) found.set(name, match[2] as string);
  }
  if (found.size === 0) return;
  const names = await list();
  const living = await livingMarks(folder, names);
  for (const [name, mark] of found) if (living.some((random) => random.startsWith(mark))) found.delete(name);
  // An index may have been renamed or copied since it was written, so all files of the folder are asked.
  for (const name of names) {
    if (found.size === 0) return;
    if (shardPattern.test(name)) continue;
    for (const file of await shardsOf(system.join(folder, name))) found.delete(file);
  }
  // What cannot be removed only takes room.
  for (const name of found.keys()) await done((callback) => fs.unlink(system.join(folder, name), callback)).catch(() => undefined);
}

/** The files that an index speaks of; none where it is something else. */
async function shardsOf(path: string): Promise<readonly string[]> {
  // A pipe would wait for its writer.
  if (fileSystem(path).statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return [];
  try {
    const reader = await CheckpointReader.open(await FileSource.open(path), () =>
      Promise.reject(new CheckpointFormatError("The shards of an index are not read to sweep.")),
    );
    await reader.close();
    return reader.header.shards.map(({ file }) => file);
  } catch {
    return [];
  }
}
