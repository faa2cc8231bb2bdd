import { InternalError, InvalidArgumentError } from "@rowan/api";
import { fileBytes } from "../format/check-header.ts";
import { align, alignment, blockBytes, maxHeaderBytes } from "../format/constants.ts";
import { sealFrame } from "../format/frame.ts";
import { encodeHeader } from "../format/header-codec.ts";
import type { Compression, Header, StoredAsset, StoredTensor } from "../format/header.ts";
import { chunkCount, frameBytes, layOut, rawLengthOf } from "../format/layout.ts";
import { Digest, makeEnd, makePrelude } from "../format/prelude.ts";
import type { ByteSink } from "../io/byte-sink.ts";
import { deflate } from "../io/compression.ts";
import { framesOf } from "./frames.ts";
import type { PlacedFrame } from "./frames.ts";

/** Gives the bytes of a tensor or an asset, piece by piece. */
export interface BytesToWrite {
  /** How many there are. */
  readonly length: number;
  /**
   * Copies bytes.
   *
   * @param into - Where to; its length says how many.
   * @param from - The first of them.
   */
  copy(into: Uint8Array, from: number): void | Promise<void>;
}

/** A tensor that is to be written. */
export type TensorToWrite = Omit<StoredTensor, "pieces" | "length" | "compression"> & { readonly bytes: BytesToWrite };

/** An asset that is to be written. */
export type AssetToWrite = Pick<StoredAsset, "name" | "kind"> & { readonly bytes: BytesToWrite };

/** What a checkpoint shall hold. */
export interface Content extends Pick<Header, "model" | "table" | "notes"> {
  readonly tensors: readonly TensorToWrite[];
  readonly assets: readonly AssetToWrite[];
}

/** How it shall be written. */
export interface WriteOptions {
  readonly compression: Compression;
  readonly chunkBytes: number;
  /** The bytes of each shard; one file where it is left out. */
  readonly shardBytes?: number;
}

/** Compressed chunks that are kept between the pass that measures them and the one that writes them. */
const keptBytes = 16_777_216;

/** Bytes in chunks, compressed or not. */
class ChunkSource {
  readonly #bytes: BytesToWrite;
  readonly #chunkBytes: number;
  readonly #isPlain: boolean;
  readonly #kept = new Map<number, Uint8Array>();
  readonly #scratch: Uint8Array;
  storedLengths: number[] = [];

  constructor(bytes: BytesToWrite, { compression, chunkBytes }: WriteOptions) {
    this.#bytes = bytes;
    this.#chunkBytes = chunkBytes;
    this.#isPlain = compression === "none";
    this.#scratch = new Uint8Array(this.#isPlain ? 0 : Math.min(chunkBytes, bytes.length));
  }

  /** Compresses everything once, for the lengths: all places must be known before the first byte is written. */
  async measure(budget: { left: number }): Promise<void> {
    if (this.#isPlain) return;
    for (let chunk = 0; chunk < chunkCount(this.#bytes.length, this.#chunkBytes); chunk++) {
      const stored = await this.#deflate(chunk);
      this.storedLengths.push(stored.length);
      if (stored.length <= budget.left) {
        budget.left -= stored.length;
        this.#kept.set(chunk, stored);
      }
    }
  }

  /** Puts the payload of a frame where it goes. */
  async copy(into: Uint8Array, { chunk, storedLength }: PlacedFrame): Promise<void> {
    if (this.#isPlain) {
      const copied = this.#bytes.copy(into, chunk * this.#chunkBytes);
      if (copied) await copied;
      return;
    }
    const stored = this.#kept.get(chunk) ?? (await this.#deflate(chunk));
    this.#kept.delete(chunk);
    if (stored.length !== storedLength)
      throw new InternalError(`chunk ${chunk} was compressed to ${storedLength} bytes, then to ${stored.length}`);
    into.set(stored);
  }

  async #deflate(chunk: number): Promise<Uint8Array> {
    const raw = this.#scratch.subarray(0, rawLengthOf(this.#bytes.length, this.#chunkBytes, chunk));
    await this.#bytes.copy(raw, chunk * this.#chunkBytes);
    return deflate(raw);
  }
}

/** A checkpoint whose every byte has its place. */
export class CheckpointPlan {
  readonly #header: Header;
  readonly #sources: readonly ChunkSource[];
  readonly #dataLengths: readonly number[];
  /** Blocks of shards that are written: the next ones take them, for what is let go is given back only now and then. */
  readonly #spare: Uint8Array[] = [];

  private constructor(header: Header, sources: readonly ChunkSource[], dataLengths: readonly number[]) {
    this.#header = header;
    this.#sources = sources;
    this.#dataLengths = dataLengths;
  }

  /**
   * Lays a checkpoint out. With compression, all bytes are compressed once to learn their lengths.
   *
   * @param content - What it shall hold.
   * @param options - How.
   * @returns The plan.
   * @throws InvalidArgumentError when two tensors have one name.
   */
  static async make(content: Content, options: WriteOptions): Promise<CheckpointPlan> {
    const { compression, chunkBytes, shardBytes } = options;
    checkNamedOnce(content.tensors);
    const entries = [...content.tensors, ...content.assets];
    const sources = entries.map(({ bytes }) => new ChunkSource(bytes, options));
    const budget = { left: keptBytes };
    for (const source of sources) await source.measure(budget);
    const placeable = entries.map(({ bytes: { length } }, index) => ({
      length,
      compression,
      storedLengths: (sources[index] as ChunkSource).storedLengths,
    }));
    const { pieces, dataLengths } = layOut(placeable, chunkBytes, shardBytes);
    const stored = entries.map(({ bytes, ...entry }, index) => ({
      ...entry,
      length: bytes.length,
      compression,
      pieces: pieces[index] ?? [],
    }));
    const header: Header = {
      chunkBytes,
      model: content.model,
      table: content.table,
      tensors: stored.slice(0, content.tensors.length) as unknown as StoredTensor[],
      assets: stored.slice(content.tensors.length) as unknown as StoredAsset[],
      notes: content.notes,
      shards: [],
      shard: 0,
      shardCount: 0,
    };
    return new CheckpointPlan(header, sources, dataLengths);
  }

  /** How many shards there will be; meaningless for one file. */
  get shardCount(): number {
    return this.#dataLengths.length;
  }

  /**
   * Writes all into one file.
   *
   * @param sink - Not committed yet.
   */
  async writeFile(sink: ByteSink): Promise<void> {
    await this.#write(sink, this.#header, this.#frames(0));
  }

  /**
   * Writes a shard.
   *
   * @param sink - Not committed yet.
   * @param shard - Its number, from 1.
   * @returns Its size, and what the index says of it.
   */
  async writeShard(sink: ByteSink, shard: number): Promise<{ length: number; digest: number }> {
    const { chunkBytes } = this.#header;
    const empty = { model: undefined, table: undefined, tensors: [], assets: [], notes: [], shards: [] };
    return this.#write(sink, { ...empty, chunkBytes, shard, shardCount: this.shardCount }, this.#frames(shard), this.#spare);
  }

  /**
   * Writes the index of shards.
   *
   * @param sink - Not committed yet.
   * @param shards - Their names, sizes and digests, in order.
   */
  async writeIndex(sink: ByteSink, shards: Header["shards"]): Promise<void> {
    await this.#write(sink, { ...this.#header, shards }, []);
  }

  *#frames(file: number): Generator<PlacedFrame> {
    const { tensors, assets, chunkBytes } = this.#header;
    for (const [entry, stored] of [...tensors, ...assets].entries()) {
      for (const frame of framesOf(stored, entry, chunkBytes, [0, Infinity])) if (frame.file === file) yield frame;
    }
  }

  async #write(
    sink: ByteSink,
    header: Header,
    frames: Iterable<PlacedFrame>,
    spare: Uint8Array[] = [],
  ): Promise<{ length: number; digest: number }> {
    const encoded = encodeHeader(header);
    if (encoded.length > maxHeaderBytes) {
      throw new InvalidArgumentError(
        `The header of a checkpoint takes at most ${maxHeaderBytes} bytes: names, shapes, configuration and notes. Received: ${encoded.length} bytes. Keep long texts in a file of their own.`,
      );
    }
    const size = fileBytes(encoded.length, this.#dataLengths[header.shard === 0 ? 0 : header.shard - 1] as number);
    const out = new BlockWriter(sink, Math.min(size, blockBytes), spare);
    await out.append(makePrelude(encoded));
    await out.append(encoded);
    await out.append(new Uint8Array(align(encoded.length) - encoded.length));
    const digest = new Digest();
    for (const frame of frames) {
      const { storedLength, entry } = frame;
      const bytes = await out.reserve(frameBytes(storedLength));
      const copied = (this.#sources[entry] as ChunkSource).copy(bytes.subarray(alignment, alignment + storedLength), frame);
      await copied;
      bytes.fill(0, alignment + storedLength);
      digest.add(sealFrame(bytes, frame));
    }
    await out.append(makeEnd(digest.value));
    await out.flush();
    out.release();
    return { length: out.written, digest: digest.value };
  }
}

/** Joins what is written to blocks; one is filled while the other is on its way. */
class BlockWriter {
  readonly #sink: ByteSink;
  readonly #size: number;
  readonly #spare: Uint8Array[];
  #block: Uint8Array;
  #other: Uint8Array | undefined;
  #used = 0;
  #writing: Promise<void> = Promise.resolve();
  /** Bytes that were handed to the sink. */
  written = 0;

  /**
   * @param sink - Where blocks go.
   * @param size - Of a block, in bytes.
   * @param spare - Blocks that are taken first, and that `release` adds to.
   */
  constructor(sink: ByteSink, size: number, spare: Uint8Array[]) {
    this.#sink = sink;
    this.#size = size;
    this.#spare = spare;
    this.#block = this.#make();
  }

  /** Memory for the next bytes, which the caller fills before the next call. */
  async reserve(length: number): Promise<Uint8Array> {
    if (this.#used + length > this.#block.length) {
      await this.flush(length);
      if (length > this.#block.length) this.#block = new Uint8Array(length);
    }
    this.#used += length;
    return this.#block.subarray(this.#used - length, this.#used);
  }

  async append(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; at += blockBytes) {
      const part = bytes.subarray(at, at + blockBytes);
      (await this.reserve(part.length)).set(part);
    }
  }

  /** Hands over what there is. Without a length, waits until it is taken. */
  async flush(next?: number): Promise<void> {
    await this.#writing;
    const full = this.#block;
    this.#writing = this.#sink.write(full.subarray(0, this.#used));
    // It may fail while the next block is filled; it is awaited all the same.
    this.#writing.catch(() => undefined);
    this.written += this.#used;
    this.#used = 0;
    if (next === undefined) {
      await this.#writing;
      return;
    }
    this.#block = this.#other ?? this.#make();
    this.#other = full;
  }

  /** Everything is written: others may have the blocks. */
  release(): void {
    this.#spare.push(this.#block, ...(this.#other ? [this.#other] : []));
  }

  #make(): Uint8Array {
    const known = this.#spare.pop();
    return known && known.length >= this.#size ? known : new Uint8Array(this.#size);
  }
}

/** The scales of a table, or an optimizer's state, may have the name of something else: no reader could tell them apart. */
function checkNamedOnce(tensors: readonly TensorToWrite[]): void {
  const names = new Set<string>();
  for (const { name } of tensors) {
    if (names.has(name)) {
      throw new InvalidArgumentError(
        `Each tensor of a checkpoint must have a name of its own; those of scales, zeros and an optimizer's state are made from it. Received: ${JSON.stringify(name)} twice. Choose another name.`,
      );
    }
    names.add(name);
  }
}
