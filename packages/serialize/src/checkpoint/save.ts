import { InvalidArgumentError, checkFlag, checkOptions, describeValue } from "@rowan/api";
import { defaultChunkBytes } from "../format/constants.ts";
import type { Compression } from "../format/header.ts";
import { MemorySink } from "../io/byte-sink.ts";
import type { ByteSink } from "../io/byte-sink.ts";
import { pathOf } from "../io/open-source.ts";
import { openTarget } from "../io/open-target.ts";
import type { FileTarget } from "../io/open-target.ts";
import { CheckpointPlan } from "./checkpoint-writer.ts";
import { collect } from "./collect.ts";
import type { Extras, Saveable } from "./collect.ts";
import { saveShards } from "./shards.ts";
import { sweepShards } from "./sweep-shards.ts";

/** Options of `saveCheckpoint` and `checkpointBytes`. */
export interface SaveOptions extends Extras {
  /** Whether to write how a model was compiled; true when left out. Leave it out for losses that are functions of your own. */
  readonly compile?: boolean;
  /** Whether to write the state of a model's optimizer, so that training can go on; true when left out. */
  readonly optimizer?: boolean;
  /** `"deflate"` makes files smaller and saving slower; floats of a trained table hardly shrink. `"none"` when left out. */
  readonly compression?: Compression;
  /** Several files of at most about so many bytes each, written side by side, and a small index under the given path. */
  readonly shardBytes?: number;
}

const optionNames = [
  "vocabulary",
  "metadata",
  "compile",
  "optimizer",
  "compression",
  "shardBytes",
] as const satisfies readonly (keyof SaveOptions)[];

/** Where a checkpoint goes: a path, a `file:` URL, or a stream such as a file of a browser gives (`createWritable`). */
export type SaveTarget = FileTarget;

/** A shard has at least so many bytes: a few chunks. */
const leastShardBytes = 1_048_576;

/**
 * Writes a model, a table, or tables and arrays by name. On a path it is there as a whole or not at all: whatever happens while it is
 * written, what was there before stays until the new one is complete and on the disk.
 *
 * Tables in training are brought up to date first. The same state gives the same bytes, in every runtime.
 *
 * @param what - What to save.
 * @param target - A path, a `file:` URL, or a stream.
 * @param options - Vocabulary, metadata, compression, shards.
 * @throws NotBuiltError for a model without weights; UnsupportedOpError for layers that share a table; InvalidArgumentError for
 *   functions of your own and for options that cannot be; BusyError when the model is trained meanwhile; FileAccessError when the disk is full, and the like.
 * @example
 * await saveCheckpoint(classifier, "classifier.rowan", { vocabulary: words });
 */
export async function saveCheckpoint(what: Saveable, target: SaveTarget, options: SaveOptions = {}): Promise<void> {
  checkSaveOptions("saveCheckpoint", options);
  const path = typeof target === "string" || target instanceof URL ? pathOf(target) : undefined;
  if (options.shardBytes !== undefined && path === undefined) {
    throw new InvalidArgumentError(
      `\`shardBytes\` needs a path. Received: shardBytes=${options.shardBytes} and ${describeValue(target)}. Leave it out.`,
    );
  }
  const { plan, checkUnchanged } = await prepare(what, options);
  if (path !== undefined && options.shardBytes !== undefined) {
    await saveShards(plan, path, checkUnchanged);
  } else {
    await finish(await openTarget(target), plan, checkUnchanged);
  }
  if (path !== undefined) await sweepShards(path);
}

/**
 * A checkpoint as bytes: what `saveCheckpoint` would write.
 *
 * @param what - What to save.
 * @param options - As of `saveCheckpoint`, without shards.
 * @returns The whole file.
 */
export async function checkpointBytes(what: Saveable, options: Omit<SaveOptions, "shardBytes"> = {}): Promise<Uint8Array<ArrayBuffer>> {
  checkSaveOptions("checkpointBytes", options);
  const { plan, checkUnchanged } = await prepare(what, options);
  const sink = new MemorySink();
  await finish(sink, plan, checkUnchanged);
  return sink.bytes;
}

async function prepare(what: Saveable, options: SaveOptions): Promise<{ plan: CheckpointPlan; checkUnchanged: () => void }> {
  const { compile = true, optimizer = true, compression = "none", shardBytes } = options;
  const { content, checkUnchanged } = await collect(what, options, { compile, optimizer });
  const plan = await CheckpointPlan.make(content, {
    compression,
    chunkBytes: defaultChunkBytes,
    ...(shardBytes !== undefined && { shardBytes }),
  });
  return { plan, checkUnchanged };
}

async function finish(sink: ByteSink, plan: CheckpointPlan, checkUnchanged: () => void): Promise<void> {
  try {
    await plan.writeFile(sink);
    checkUnchanged();
    await sink.commit();
  } catch (error) {
    await sink.abort(error);
    throw error;
  }
}

function checkSaveOptions(where: string, options: SaveOptions): void {
  checkOptions(where, options, "{ vocabulary: words }", optionNames);
  const { compile = true, optimizer = true, compression, shardBytes } = options;
  checkFlag("compile", compile);
  checkFlag("optimizer", optimizer);
  if (compression !== undefined && compression !== "none" && (compression as string) !== "deflate") {
    throw new InvalidArgumentError(`\`compression\` must be "none" or "deflate". Received: compression=${describeValue(compression)}.`);
  }
  if (shardBytes !== undefined && !(Number.isSafeInteger(shardBytes) && shardBytes >= leastShardBytes)) {
    throw new InvalidArgumentError(
      `\`shardBytes\` must be a whole number of at least ${leastShardBytes}. Received: shardBytes=${describeValue(shardBytes)}.`,
    );
  }
}
