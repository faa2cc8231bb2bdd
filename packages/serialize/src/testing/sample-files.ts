import { NDArray } from "@rowan/api";
import { encodeVocabulary } from "../format/header-codec.ts";
import type { Compression } from "../format/header.ts";
import { CheckpointPlan } from "../checkpoint/checkpoint-writer.ts";
import type { Content } from "../checkpoint/checkpoint-writer.ts";
import { arrayBytes } from "../checkpoint/tensor-bytes.ts";
import { MemorySink } from "../io/byte-sink.ts";

/** Floats of a simple rule, the same everywhere. */
export function numbers(count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => ((i * 37) % 101) / 8 - 6);
}

/** A small content with everything that the format has. */
export function sampleContent(): Content {
  const plain = { quantization: undefined } as const;
  const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * 73) % 251);
  return {
    model: undefined,
    table: { tensor: "words" },
    notes: [{ key: "why", value: "a test: ö" }],
    tensors: [
      { name: "words", dtype: "float32", shape: [40, 8], ...plain, bytes: arrayBytes(numbers(320)) },
      {
        name: "small",
        dtype: "int4",
        shape: [10, 5],
        quantization: { scales: "small/scales", zeros: "small/zeros", blockSize: 3 },
        // The last of five columns has its byte to itself.
        bytes: arrayBytes(bytes(30).map((byte, i) => (i % 3 === 2 ? byte & 15 : byte))),
      },
      { name: "small/scales", dtype: "float32", shape: [10, 2], ...plain, bytes: arrayBytes(numbers(20)) },
      { name: "small/zeros", dtype: "int8", shape: [10, 2], ...plain, bytes: arrayBytes(bytes(20)) },
      { name: "half", dtype: "float16", shape: [6, 4], ...plain, bytes: arrayBytes(bytes(48)) },
      { name: "flags", dtype: "bool", shape: [5], ...plain, bytes: arrayBytes(Uint8Array.of(1, 0, 0, 1, 1)) },
      { name: "scalar", dtype: "int32", shape: [], ...plain, bytes: arrayBytes(new NDArray(Int32Array.of(-7), [])) },
      { name: "brain", dtype: "bfloat16", shape: [3, 5], ...plain, bytes: arrayBytes(bytes(30)) },
      {
        name: "whole",
        dtype: "int8",
        shape: [4, 6],
        quantization: { scales: "whole/scales", zeros: "", blockSize: 0 },
        bytes: arrayBytes(bytes(24)),
      },
      { name: "whole/scales", dtype: "float32", shape: [4], ...plain, bytes: arrayBytes(numbers(4)) },
      { name: "raw", dtype: "uint8", shape: [7], ...plain, bytes: arrayBytes(bytes(7)) },
    ],
    assets: [
      {
        name: "vocabulary",
        kind: "vocabulary",
        bytes: arrayBytes(encodeVocabulary({ words: ["", "[UNK]", "whale", "Öl", "🐋"], textConfig: "", idfWeights: [] })),
      },
    ],
  };
}

/**
 * A small checkpoint with several chunks a tensor.
 *
 * @param compression - Of its chunks.
 * @returns The file.
 */
export async function sampleFile(compression: Compression): Promise<Uint8Array> {
  const plan = await CheckpointPlan.make(sampleContent(), { compression, chunkBytes: 128 });
  const sink = new MemorySink();
  await plan.writeFile(sink);
  return sink.bytes;
}

/**
 * The same as an index and its shards.
 *
 * @returns The files by name; the index is `""`.
 */
export async function sampleShards(): Promise<Map<string, Uint8Array>> {
  const plan = await CheckpointPlan.make(sampleContent(), { compression: "none", chunkBytes: 128, shardBytes: 900 });
  const files = new Map<string, Uint8Array>();
  const shards: { file: string; length: number; digest: number }[] = [];
  for (let shard = 1; shard <= plan.shardCount; shard++) {
    const sink = new MemorySink();
    const file = `part-${shard}.rowan`;
    shards.push({ file, ...(await plan.writeShard(sink, shard)) });
    files.set(file, sink.bytes);
  }
  const index = new MemorySink();
  await plan.writeIndex(index, shards);
  files.set("", index.bytes);
  return files;
}
