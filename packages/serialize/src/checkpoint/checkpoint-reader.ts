import { CheckpointFormatError, countOf } from "@rowan/api";
import { checkExpansion } from "../format/check-expansion.ts";
import { checkHeader, dataStart, fileBytes } from "../format/check-header.ts";
import { alignment } from "../format/constants.ts";
import { crc32 } from "../format/crc32.ts";
import { checkFrame, hex } from "../format/frame.ts";
import { decodeHeader } from "../format/header-codec.ts";
import type { Header, StoredAsset, StoredBytes, StoredTensor } from "../format/header.ts";
import { chunkCount } from "../format/layout.ts";
import { Digest, readEnd, readPrelude } from "../format/prelude.ts";
import type { ByteSource } from "../io/byte-source.ts";
import { GrowingBytes } from "../io/growing-bytes.ts";
import { inflate } from "../io/compression.ts";
import { blocksOf, framesOf } from "./frames.ts";
import type { FrameBlock, PlacedFrame } from "./frames.ts";

/** Takes the bytes of a chunk, or a part of them: they are valid until it returns. */
export type TakeBytes = (bytes: Uint8Array, frame: PlacedFrame) => void | Promise<void>;

/** Opens the file of a shard by its name. */
export type OpenShard = (file: string) => Promise<ByteSource>;

interface OpenFile {
  readonly source: ByteSource;
  readonly header: Header;
  /** Where its frames begin, and end. */
  readonly dataStart: number;
  readonly dataEnd: number;
}

/** A checkpoint whose header was read and checked. What is read of its tensors is verified before anyone sees it. */
export class CheckpointReader {
  readonly name: string;
  readonly header: Header;
  /** Tensors, then assets: what the entry numbers of frames mean. */
  readonly entries: readonly (StoredTensor | StoredAsset)[];
  readonly #file: OpenFile;
  readonly #dataLengths: readonly number[];
  readonly #openShard: OpenShard;
  readonly #shards = new Map<number, Promise<OpenFile>>();

  private constructor(file: OpenFile, dataLengths: readonly number[], openShard: OpenShard) {
    this.name = file.source.name;
    this.header = file.header;
    this.entries = [...file.header.tensors, ...file.header.assets];
    this.#file = file;
    this.#dataLengths = dataLengths;
    this.#openShard = openShard;
  }

  /**
   * Reads the header of a checkpoint.
   *
   * @param source - Owned from now on; closed when this fails.
   * @param openShard - Opens a shard of it.
   * @param maxExpansion - How many times its size compressed data may grow beyond 64 MiB; 100 when left out.
   * @returns The checkpoint.
   * @throws CheckpointFormatError when it is none.
   */
  static async open(source: ByteSource, openShard: OpenShard, maxExpansion?: number): Promise<CheckpointReader> {
    try {
      const { file, dataLengths } = await openFile(source);
      checkExpansion(file.header, source.name, maxExpansion);
      if (file.header.shard > 0) {
        throw new CheckpointFormatError(
          `A checkpoint of several files is read from its index. Received: ${source.name}, shard ${file.header.shard} of ${file.header.shardCount}. Open the index, which has no number in its name.`,
        );
      }
      return new CheckpointReader(file, dataLengths, openShard);
    } catch (error) {
      await source.close();
      throw error;
    }
  }

  /**
   * Whether the files are as long as the header says, so that memory may be taken for all of it before it is read. Of a stream, and of
   * what a server says, that is not known. Shards are opened for it, where opening them costs no transfer.
   *
   * @param shards - The numbers of those that are asked about; all of them when left out.
   */
  async isProven(shards?: Iterable<number>): Promise<boolean> {
    if (!this.#file.source.certain) return false;
    for (const shard of shards ?? this.header.shards.map((_, index) => index + 1)) {
      if (shard > 0 && !(await this.#fileOf(shard)).source.certain) return false;
    }
    return true;
  }

  /**
   * Reads whole chunks in their order, verified.
   *
   * @param entry - The place of the tensor or asset in `entries`.
   * @param range - The first chunk and the one behind the last; all of them when left out.
   * @param take - Takes each chunk.
   * @param seen - Told the checksum of each frame.
   * @throws CheckpointFormatError for anything that is not as it was written.
   */
  async readChunks(
    entry: number,
    range: readonly [from: number, to: number] | undefined,
    take: TakeBytes,
    seen?: (checksum: number) => void,
  ): Promise<void> {
    const stored = this.entries[entry] as StoredBytes;
    const { chunkBytes } = this.header;
    await this.readFrames(framesOf(stored, entry, chunkBytes, range ?? [0, chunkCount(stored.length, chunkBytes)]), take, seen);
  }

  /**
   * Reads frames, verified; the next block is on its way while one is worked on.
   *
   * @param frames - Forwards, where the source is a stream.
   * @param take - Takes the chunk of each.
   * @param seen - Told the checksum of each.
   */
  async readFrames(frames: Iterable<PlacedFrame>, take: TakeBytes, seen?: (checksum: number) => void): Promise<void> {
    const memories: (Uint8Array | undefined)[] = [];
    let count = 0;
    const begin = (block: FrameBlock): Promise<Uint8Array> => {
      const slot = count++ % 2;
      const known = memories[slot];
      const memory = known && known.length >= block.length ? known : new Uint8Array(block.length);
      memories[slot] = memory;
      const reading = this.#readBlock(block, memory);
      // It may fail while the block before is worked on; it is awaited all the same.
      reading.catch(() => undefined);
      return reading;
    };
    let current: { block: FrameBlock; bytes: Promise<Uint8Array> } | undefined;
    for (const block of blocksOf(frames)) {
      const next = { block, bytes: begin(block) };
      if (current) await this.#takeBlock(current.block, await current.bytes, take, seen);
      current = next;
    }
    if (current) await this.#takeBlock(current.block, await current.bytes, take, seen);
  }

  /**
   * A range of the bytes of a tensor or an asset.
   *
   * @param entry - Its place in `entries`.
   * @param from - The first byte.
   * @param to - The byte behind the last.
   * @returns A copy.
   */
  async readRange(entry: number, from = 0, to: number = (this.entries[entry] as StoredBytes).length): Promise<Uint8Array<ArrayBuffer>> {
    const { chunkBytes } = this.header;
    if (to === from) return new Uint8Array();
    const entryChunks = [Math.floor(from / chunkBytes), chunkCount(to, chunkBytes)] as const;
    const { pieces } = this.entries[entry] as StoredBytes;
    const shards = pieces.filter(({ start, length }) => start < to && start + length > from).map(({ shard }) => shard);
    const result = new GrowingBytes(to - from, await this.isProven(shards));
    await this.readChunks(entry, entryChunks, (bytes, { chunk }) => {
      const start = chunk * chunkBytes;
      const first = Math.max(from - start, 0);
      result.add(bytes.subarray(first, Math.min(to - start, bytes.length)));
    });
    return result.bytes;
  }

  /**
   * Reads everything once, forwards, and checks that each file ends as it should.
   *
   * @param take - Takes each chunk.
   */
  async readEverything(take: TakeBytes): Promise<void> {
    const digests = this.#dataLengths.map(() => new Digest());
    for (let entry = 0; entry < this.entries.length; entry++) {
      const files: number[] = [];
      await this.readChunks(
        entry,
        undefined,
        (bytes, frame) => take(bytes, frame),
        (checksum) => files.push(checksum),
      );
      let at = 0;
      const { length } = this.entries[entry] as StoredBytes;
      const { chunkBytes } = this.header;
      for (const frame of framesOf(this.entries[entry] as StoredBytes, entry, chunkBytes, [0, chunkCount(length, chunkBytes)])) {
        digests[frame.file]?.add(files[at++] as number);
      }
    }
    for (const [file, digest] of digests.entries()) await this.#checkEnd(file, digest.value);
  }

  /** Closes its files. */
  async close(): Promise<void> {
    await this.#file.source.close();
    for (const opening of this.#shards.values()) {
      const shard = await opening.catch(() => undefined);
      await shard?.source.close();
    }
    this.#shards.clear();
  }

  async #takeBlock(block: FrameBlock, bytes: Uint8Array, take: TakeBytes, seen?: (checksum: number) => void): Promise<void> {
    const compressions = this.entries;
    const start = await this.#startOf(block.file);
    for (const frame of block.frames) {
      const at = frame.offset - block.offset;
      const where = (): string => `byte ${start + frame.offset} of ${this.#nameOf(block.file)}`;
      const whole = bytes.subarray(at);
      const checksum = checkFrame(whole, frame, where);
      seen?.(checksum);
      const payload = whole.subarray(alignment, alignment + frame.storedLength);
      const { compression } = compressions[frame.entry] as StoredBytes;
      const taken = take(compression === "none" ? payload : await inflate(payload, frame.rawLength, where), frame);
      if (taken) await taken;
    }
  }

  async #readBlock({ file, offset, length }: FrameBlock, memory: Uint8Array): Promise<Uint8Array> {
    const { source, dataStart: start } = await this.#fileOf(file);
    const bytes = await source.read(start + offset, length, memory);
    if (bytes.length === length) return bytes;
    throw cutOff(source.name, start + offset + bytes.length, length - bytes.length);
  }

  async #startOf(file: number): Promise<number> {
    return (await this.#fileOf(file)).dataStart;
  }

  #nameOf(file: number): string {
    return file === 0 ? this.name : `the shard ${JSON.stringify(this.header.shards[file - 1]?.file)}`;
  }

  #fileOf(file: number): OpenFile | Promise<OpenFile> {
    if (file === 0) return this.#file;
    const known = this.#shards.get(file);
    if (known) return known;
    const opening = this.#openShardFile(file);
    this.#shards.set(file, opening);
    return opening;
  }

  async #openShardFile(number: number): Promise<OpenFile> {
    const { shards } = this.header;
    const expected = shards[number - 1] as Header["shards"][number];
    const source = await this.#openShard(expected.file);
    try {
      const { file } = await openFile(source, this.#dataLengths[number]);
      const { shard, shardCount } = file.header;
      if (shard !== number || shardCount !== shards.length || (source.size !== undefined && source.size !== expected.length)) {
        throw new CheckpointFormatError(
          `${source.name} must be shard ${number} of ${shards.length}, with ${expected.length} bytes. Received: shard ${shard} of ${shardCount}, ${source.size ?? "unknown"} bytes. The shards are of different checkpoints.`,
        );
      }
      if (!source.forwardOnly) checkDigest(source.name, await endOf(file), expected.digest);
      return file;
    } catch (error) {
      await source.close();
      throw error;
    }
  }

  async #checkEnd(number: number, digest: number): Promise<void> {
    const file = await this.#fileOf(number);
    checkDigest(file.source.name, await endOf(file), digest);
    const expected = this.header.shards[number - 1];
    if (expected) checkDigest(file.source.name, digest, expected.digest);
  }
}

function checkDigest(name: string, found: number, expected: number): void {
  if (found === expected) return;
  throw new CheckpointFormatError(
    `The digest of ${name} must be ${hex(expected)}. Received: ${hex(found)}. The file was damaged, or is a mixture of two.`,
  );
}

async function endOf({ source, dataEnd }: OpenFile): Promise<number> {
  const bytes = await source.read(dataEnd, alignment);
  if (bytes.length < alignment) throw cutOff(source.name, dataEnd + bytes.length, alignment - bytes.length);
  const digest = readEnd(bytes, `byte ${dataEnd} of ${source.name}`);
  if (source.forwardOnly && (await source.read(dataEnd + alignment, 1)).length > 0) {
    throw new CheckpointFormatError(`${source.name} must end at byte ${dataEnd + alignment}. Received: more bytes.`);
  }
  return digest;
}

async function openFile(source: ByteSource, expectedData?: number): Promise<{ file: OpenFile; dataLengths: readonly number[] }> {
  const { name, size } = source;
  // Copied: a stream's chunk may be used again.
  const { headerLength, headerChecksum } = readPrelude((await source.read(0, alignment)).slice(), name);
  if (size !== undefined && fileBytes(headerLength, 0) > size) throw cutOff(name, size, fileBytes(headerLength, 0) - size);
  const bytes = await source.read(alignment, headerLength);
  if (bytes.length < headerLength) throw cutOff(name, alignment + bytes.length, headerLength - bytes.length);
  const checksum = crc32(bytes);
  if (checksum !== headerChecksum) {
    throw new CheckpointFormatError(
      `The checksum of the header at byte ${alignment} of ${name} must be ${hex(headerChecksum)}. Received: bytes whose CRC-32 is ${hex(checksum)}. The file was damaged.`,
    );
  }
  const header = decodeHeader(bytes);
  const dataLengths = checkHeader(header, name);
  const start = dataStart(headerLength);
  const dataEnd = start + (expectedData ?? dataLengths[0] ?? 0);
  if (size !== undefined && header.shard === 0 && size !== dataEnd + alignment) {
    if (size < dataEnd + alignment) throw cutOff(name, size, dataEnd + alignment - size);
    throw new CheckpointFormatError(
      `${name} must end at byte ${dataEnd + alignment}, as its header says. Received: ${countOf(size, "byte")}.`,
    );
  }
  return { file: { source, header, dataStart: start, dataEnd }, dataLengths };
}

function cutOff(name: string, at: number, missing: number): CheckpointFormatError {
  return new CheckpointFormatError(
    `${name} must go on for at least ${missing} more bytes. Received: its end at byte ${at}. The file was cut off; copy it again, or take an earlier checkpoint.`,
  );
}
