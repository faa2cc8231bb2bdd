import { CheckpointFormatError, countOf } from "@rowan/api";
import { align, alignment, defaultChunkBytes, maxDeflateRatio } from "./constants.ts";
import type { Header, StoredBytes, StoredTensor } from "./header.ts";
import { chunkCount, frameBytes, rawLengthOf } from "./layout.ts";
import { fileNameFault, nameFault } from "./names.ts";
import { tensorBytes } from "./sizes.ts";

const maxRank = 32;

/**
 * Checks that a header is one that a writer could have written: names, shapes, lengths, that pieces lie one behind the other without
 * gap or overlap, and that what refers to a tensor finds it.
 *
 * @param header - What was decoded.
 * @param name - The file, for messages.
 * @returns For each file (the first is the one that the header stands in) the bytes of its frames.
 * @throws CheckpointFormatError that says what is wrong.
 */
export function checkHeader(header: Header, name: string): readonly number[] {
  const fail = (what: string): never => {
    throw new CheckpointFormatError(
      `${what} In the header of ${name}, from byte ${alignment} on. The file was damaged, or not written by Rowan.`,
    );
  };
  const { chunkBytes, tensors, assets } = header;
  if (chunkBytes % alignment !== 0 || chunkBytes < alignment || chunkBytes > defaultChunkBytes) {
    fail(`Chunks must have a multiple of ${alignment} bytes, up to ${defaultChunkBytes}. Received: ${chunkBytes}.`);
  }
  checkShards(header, fail);
  for (const [kind, list] of [["tensor", tensors] as const, ["asset", assets] as const])
    checkNames(
      kind,
      list.map((entry) => entry.name),
      fail,
    );
  checkNames(
    "note",
    header.notes.map(({ key }) => key),
    fail,
  );
  for (const tensor of tensors) checkShape(tensor, fail);
  const places = new Array<number>(header.shards.length + 1).fill(0);
  for (const entry of [...tensors, ...assets]) checkPieces(entry, header, places, fail);
  checkReferences(header, fail);
  return places;
}

type Fail = (what: string) => never;

function checkShards({ shards, shard, shardCount, tensors, assets, model, table }: Header, fail: Fail): void {
  for (const { file } of shards) {
    const fault = fileNameFault(file);
    if (fault) fail(`The name of a shard must not ${fault}. Received: ${JSON.stringify(file)}.`);
  }
  if (new Set(shards.map(({ file }) => file)).size !== shards.length) fail("Each shard must be named once. Received: a repeated name.");
  if (shard > shardCount) fail(`A shard is numbered from 1 to their count. Received: ${shard} of ${shardCount}.`);
  if (shard > 0 && (shards.length > 0 || tensors.length > 0 || assets.length > 0 || model !== undefined || table !== undefined)) {
    fail("A shard only holds bytes that the index speaks of. Received: a shard with a content of its own.");
  }
}

function checkNames(kind: string, names: readonly string[], fail: Fail): void {
  const seen = new Set<string>();
  for (const name of names) {
    const fault = nameFault(name);
    if (fault) fail(`The name of a ${kind} must not ${fault}. Received: ${JSON.stringify(name.slice(0, 80))}.`);
    if (seen.has(name)) fail(`Each ${kind} must have a name of its own. Received: ${JSON.stringify(name.slice(0, 80))} twice.`);
    seen.add(name);
  }
}

function checkShape(tensor: StoredTensor, fail: Fail): void {
  const { name, dtype, shape, length } = tensor;
  const bytes = tensorBytes(tensor);
  if (shape.length > maxRank) fail(`A tensor has at most ${maxRank} axes. Received: ${shape.length} in "${name}".`);
  if (!Number.isSafeInteger(bytes) || bytes !== length) {
    fail(`The bytes of "${name}" must be what its shape [${shape.join(", ")}] of ${dtype} takes, ${bytes}. Received: ${length}.`);
  }
}

function checkPieces(entry: StoredBytes, header: Header, places: number[], fail: Fail): void {
  const { name, length, compression, pieces } = entry;
  const { chunkBytes, shards } = header;
  let start = 0;
  for (const piece of pieces) {
    const place = places[piece.shard];
    if (place === undefined || (piece.shard === 0) !== (shards.length === 0)) {
      fail(
        `The bytes of "${name}" must lie in the checkpoint, which has ${countOf(shards.length, "shard")}. Received: shard ${piece.shard}.`,
      );
    }
    if (piece.start !== start || piece.length === 0 || start + piece.length > length) {
      fail(
        `The pieces of "${name}" must follow each other, from byte ${start} to ${length}. Received: ${countOf(piece.length, "byte")} from byte ${piece.start} on.`,
      );
    }
    if (start % chunkBytes !== 0)
      fail(`The pieces of "${name}" must begin at a chunk. Received: byte ${start}, with chunks of ${chunkBytes}.`);
    if (piece.offset !== place) {
      fail(`The bytes of "${name}" must lie behind those before them, at ${place} of the data. Received: ${piece.offset}.`);
    }
    const chunks = chunkCount(piece.length, chunkBytes);
    if (piece.storedLengths.length !== (compression === "none" ? 0 : chunks)) {
      fail(
        `Compressed data has one stored length for each of its chunks, other data none. Received: ${piece.storedLengths.length} for the ${countOf(chunks, "chunk")} of "${name}".`,
      );
    }
    places[piece.shard] = piece.offset + piecesBytes(entry, piece, chunkBytes, fail);
    start += piece.length;
  }
  if (start !== length) fail(`The pieces of "${name}" must have ${countOf(length, "byte")} together. Received: ${start}.`);
}

function piecesBytes({ name, compression }: StoredBytes, piece: StoredBytes["pieces"][number], chunkBytes: number, fail: Fail): number {
  const chunks = chunkCount(piece.length, chunkBytes);
  if (compression === "none") {
    return (chunks - 1) * frameBytes(chunkBytes) + frameBytes(rawLengthOf(piece.length, chunkBytes, chunks - 1));
  }
  let bytes = 0;
  piece.storedLengths.forEach((stored, chunk) => {
    const raw = rawLengthOf(piece.length, chunkBytes, chunk);
    // What is stored must be able to give that many bytes, or a small file could ask for a large memory.
    if (stored === 0 || stored > 2 * chunkBytes || raw > stored * maxDeflateRatio) {
      fail(`A chunk of "${name}" cannot hold ${countOf(raw, "byte")} deflated to ${stored}.`);
    }
    bytes += frameBytes(stored);
  });
  return bytes;
}

function checkReferences({ tensors, table, model }: Header, fail: Fail): void {
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const find = (name: string, what: string): StoredTensor =>
    byName.get(name) ?? fail(`${what} must be a tensor of the checkpoint. Received: ${JSON.stringify(name.slice(0, 80))}.`);
  if (model && table) fail("A checkpoint holds a model or a table. Received: both.");
  for (const { shape, name } of [...(table ? [find(table.tensor, "The table")] : []), ...tensors.filter(({ isTable }) => isTable)]) {
    if (shape.length !== 2 || shape[0] === 0 || shape[1] === 0)
      fail(`A table has the shape [rows, dim]. Received: [${shape.join(", ")}] of "${name}".`);
  }
  for (const { weight, slots, average } of model?.optimizer?.weights ?? []) {
    find(weight, "The weight of an optimizer's state");
    for (const { tensor } of slots) find(tensor, "An optimizer's state");
    if (average !== "") find(average, "A moving average");
  }
  for (const tensor of tensors) checkQuantization(tensor, find, fail);
}

function checkQuantization(
  { name, dtype, shape, quantization }: StoredTensor,
  find: (name: string, what: string) => StoredTensor,
  fail: Fail,
): void {
  if (!quantization) {
    if (dtype === "int4") fail(`A tensor of int4 has scales. Received: none for "${name}".`);
    return;
  }
  const [rows = 0, dim = 0] = shape;
  if ((dtype !== "int8" && dtype !== "int4") || shape.length !== 2) {
    fail(`Only matrices of int8 or int4 have scales. Received: "${name}", [${shape.join(", ")}] of ${dtype}.`);
  }
  const { scales, zeros, blockSize } = quantization;
  if (blockSize > 0 !== (zeros !== "") || (blockSize > 0 && dtype !== "int4")) {
    fail(
      `Blocks of int4 have zeros, and only they. Received: a block size of ${blockSize} and zeros ${JSON.stringify(zeros)} for "${name}".`,
    );
  }
  const expected = blockSize > 0 ? [rows, Math.ceil(dim / blockSize)] : [rows];
  const check = (given: StoredTensor, type: string): void => {
    if (given.dtype !== type || given.shape.length !== expected.length || given.shape.some((extent, axis) => extent !== expected[axis])) {
      fail(
        `"${given.name}" must have the shape [${expected.join(", ")}] of ${type}. Received: [${given.shape.join(", ")}] of ${given.dtype}.`,
      );
    }
  };
  check(find(scales, `The scales of "${name}"`), "float32");
  if (zeros !== "") check(find(zeros, `The zeros of "${name}"`), "int8");
}

/**
 * The size of a file with a header and frames.
 *
 * @param headerLength - Bytes of the header.
 * @param dataLength - Bytes of the frames.
 * @returns Prelude, header, padding, frames and end.
 */
export function fileBytes(headerLength: number, dataLength: number): number {
  return dataStart(headerLength) + dataLength + alignment;
}

/**
 * Where the frames of a file begin.
 *
 * @param headerLength - Bytes of the header.
 * @returns The first multiple of 64 behind it.
 */
export function dataStart(headerLength: number): number {
  return align(alignment + headerLength);
}
