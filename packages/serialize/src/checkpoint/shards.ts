/** A checkpoint of several files: shards with a mark of their save in their names, and an index that is replaced last. */
import { CheckpointFormatError } from "@rowan/api";
import type { Header } from "../format/header.ts";
import { FileSink } from "../io/file-sink.ts";
import { FileSource } from "../io/file-source.ts";
import { done, fileSystem } from "../io/files.ts";
import { paths } from "../io/node.ts";
import { randomHex } from "../io/temporaries.ts";
import { CheckpointReader } from "./checkpoint-reader.ts";
import type { CheckpointPlan } from "./checkpoint-writer.ts";

/** Shards that are written at the same time; each takes two blocks of memory. */
const atOnce = 3;
const extension = ".rowan";

/**
 * Writes shards and their index. The shards of each save have names of their own, so those of the earlier checkpoint stay until the new
 * index is in place; only then they are removed. A writer removes only what belonged to the index that it found, so never the shards
 * of an index that came after its own.
 *
 * @param plan - What goes where.
 * @param path - Of the index.
 * @param checkUnchanged - Throws when something moved meanwhile.
 */
export async function saveShards(plan: CheckpointPlan, path: string, checkUnchanged: () => void): Promise<void> {
  const fs = fileSystem(path);
  const system = paths();
  const folder = system.dirname(path);
  const stem = system.basename(path).replace(/\.rowan$/, "");
  const before = await shardsOf(path);
  const sinks: FileSink[] = [];
  const shards: { file: string; length: number; digest: number }[] = [];
  const count = plan.shardCount;
  const number = (value: number): string => String(value).padStart(5, "0");
  const placed: string[] = [];
  const mark = randomHex(4);
  try {
    for (let first = 1; first <= count; first += atOnce) {
      const wanted = Array.from({ length: Math.min(atOnce, count - first + 1) }, (_, index) => first + index);
      const results = await Promise.allSettled(
        wanted.map(async (shard) => {
          const sink = await FileSink.create(system.join(folder, `${stem}-${number(shard)}-of-${number(count)}${extension}`));
          sinks[shard - 1] = sink;
          const { length, digest } = await plan.writeShard(sink, shard);
          shards[shard - 1] = { file: "", length, digest };
        }),
      );
      for (const result of results) if (result.status === "rejected") throw result.reason;
    }
    checkUnchanged();
    for (const [index, sink] of sinks.entries()) {
      const file = `${stem}-${mark}-${number(index + 1)}-of-${number(count)}${extension}`;
      (shards[index] as { file: string }).file = file;
      sink.target = system.join(folder, file);
      await sink.commit();
      placed.push(file);
    }
    const index = await FileSink.create(path);
    sinks.push(index);
    await plan.writeIndex(index, shards);
    await index.commit();
  } catch (error) {
    for (const sink of sinks) await (sink as FileSink | undefined)?.abort();
    for (const file of placed) await remove(fs, system.join(folder, file));
    throw error;
  }
  for (const file of before) await remove(fs, system.join(folder, file));
}

async function remove(fs: ReturnType<typeof fileSystem>, path: string): Promise<void> {
  // What cannot be removed only takes room.
  await done((callback) => fs.unlink(path, callback)).catch(() => undefined);
}

/** The shards of the checkpoint that is there, if one is. */
async function shardsOf(path: string): Promise<readonly string[]> {
  try {
    const reader = await CheckpointReader.open(await FileSource.open(path), () =>
      Promise.reject(new CheckpointFormatError("The shards of an earlier checkpoint are not read.")),
    );
    await reader.close();
    return reader.header.shards.map(({ file }: Header["shards"][number]) => file);
  } catch {
    // Nothing is there, or something else that will be replaced.
    return [];
  }
}
