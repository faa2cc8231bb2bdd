/** A checkpoint of several files: shards with a mark of their save in their names, and an index that is replaced last. */
import { FileSink } from "../io/file-sink.ts";
import { done, fileSystem } from "../io/files.ts";
import { paths } from "../io/node.ts";
import type { CheckpointPlan } from "./checkpoint-writer.ts";
import { shardName, stemOf } from "./sweep-shards.ts";

/** Shards that are written at the same time; each takes two blocks of memory. */
const atOnce = 3;

/**
 * Writes shards and their index. The shards of each save have names of their own, so those of the earlier checkpoint stay until the new
 * index is in place; whoever called sweeps them then.
 *
 * @param plan - What goes where.
 * @param path - Of the index.
 * @param checkUnchanged - Throws when something moved meanwhile.
 */
export async function saveShards(plan: CheckpointPlan, path: string, checkUnchanged: () => void): Promise<void> {
  const fs = fileSystem(path);
  const system = paths();
  const count = plan.shardCount;
  const shards: { file: string; length: number; digest: number }[] = [];
  // It is there from the beginning: while it is, the shards with its mark have a writer.
  const index = await FileSink.create(path);
  const sinks: FileSink[] = [];
  const placed: string[] = [];
  try {
    const place = (file: string): string => system.join(system.dirname(path), file);
    for (let first = 1; first <= count; first += atOnce) {
      const wanted = Array.from({ length: Math.min(atOnce, count - first + 1) }, (_, at) => first + at);
      const results = await Promise.allSettled(
        wanted.map(async (shard) => {
          const file = shardName(stemOf(path), index.mark, shard, count);
          const sink = await FileSink.create(place(file));
          sinks[shard - 1] = sink;
          shards[shard - 1] = { file, ...(await plan.writeShard(sink, shard)) };
        }),
      );
      for (const result of results) if (result.status === "rejected") throw result.reason;
      await index.touch();
    }
    checkUnchanged();
    for (const [at, sink] of sinks.entries()) {
      await sink.commit();
      placed.push(place((shards[at] as { file: string }).file));
    }
    await plan.writeIndex(index, shards);
    await index.commit();
  } catch (error) {
    for (const sink of sinks) await (sink as FileSink | undefined)?.abort();
    // What cannot be removed is swept by a later save.
    for (const file of placed) await done((callback) => fs.unlink(file, callback)).catch(() => undefined);
    await index.abort();
    throw error;
  }
}
