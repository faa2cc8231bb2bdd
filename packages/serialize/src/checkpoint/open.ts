import { CheckpointFormatError, InvalidArgumentError, checkOptions, describeValue } from "@rowan/api";
import type { ByteSource } from "../io/byte-source.ts";
import { paths } from "../io/node.ts";
import { openSource, pathOf } from "../io/open-source.ts";
import type { Source } from "../io/open-source.ts";
import { CheckpointFile } from "./checkpoint-file.ts";
import { CheckpointReader } from "./checkpoint-reader.ts";
import type { OpenShard } from "./checkpoint-reader.ts";

/** Options of everything that opens a checkpoint. */
export interface OpenOptions {
  /** Where a shard is, by its name: for an index that is no path and no URL. Beside a path or URL when left out. */
  readonly shard?: (file: string) => Source | Promise<Source>;
  /** How many times its size compressed data may grow beyond 64 MiB; 100 when left out. Tables of zeros grow a thousand times. */
  readonly maxExpansion?: number;
}

/**
 * Opens a checkpoint to look into it: lists what it holds, reads tensors, or only some rows of them. Of a path, a Blob or a server with
 * range requests only what is needed is read.
 *
 * @param source - A path, URL, Blob, stream or bytes.
 * @param options - `shard`, `maxExpansion`.
 * @returns The open checkpoint; close it when it is no longer needed.
 * @throws CheckpointFormatError when it is no checkpoint, or damaged; FileAccessError when it cannot be read.
 * @example
 * const file = await openCheckpoint("classifier.rowan");
 * const part = await file.readRows("embedding/embeddings", 100, 200);
 * await file.close();
 */
export async function openCheckpoint(source: Source, options: OpenOptions = {}): Promise<CheckpointFile> {
  checkOptions("openCheckpoint", options, "{ shard: (file) => blobs[file] }", ["shard", "maxExpansion"] satisfies (keyof OpenOptions)[]);
  return new CheckpointFile(await openReader(source, false, options));
}

/**
 * Opens a checkpoint for reading in whatever way.
 *
 * @param source - A path, URL, Blob, stream or bytes.
 * @param forwards - Whether reading it once, forwards, is enough.
 * @param options - `shard`, `maxExpansion`.
 * @returns The reader, with its header read and checked.
 */
export async function openReader(source: Source, forwards: boolean, options: OpenOptions): Promise<CheckpointReader> {
  const { shard, maxExpansion } = options;
  if (maxExpansion !== undefined && !(maxExpansion >= 1)) {
    throw new InvalidArgumentError(
      `\`maxExpansion\` must be a number of at least 1. Received: maxExpansion=${describeValue(maxExpansion)}. Leave it out for 100.`,
    );
  }
  return CheckpointReader.open(await openSource(source, forwards), shardOpener(source, forwards, shard), maxExpansion);
}

function shardOpener(source: Source, forwards: boolean, given: OpenOptions["shard"]): OpenShard {
  return async (file): Promise<ByteSource> => {
    if (given) return openSource(await given(file), forwards);
    if (typeof source !== "string" && !(source instanceof URL)) {
      throw new CheckpointFormatError(
        `The shards of a checkpoint must be found. Received: an index in ${describeValue(source)}, which has no place beside it for ${JSON.stringify(file)}. Pass { shard: (file) => source }.`,
      );
    }
    const path = pathOf(source);
    if (path === undefined)
      return openSource(
        new URL(file, new URL(String(source), (globalThis as { readonly location?: { readonly href: string } }).location?.href)),
        forwards,
      );
    const system = paths();
    return openSource(system.join(system.dirname(path), file), forwards);
  };
}
