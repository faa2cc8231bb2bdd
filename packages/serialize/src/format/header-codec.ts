import { CheckpointFormatError } from "@rowan/api";
import $protobuf from "protobufjs/minimal.js";
import { checkEconomy } from "./economy.ts";
import { rowan } from "./generated/checkpoint.js";
import type { Compression, Header, Piece, StoredDType, StoredModel, StoredTensor, StoredVocabulary } from "./header.ts";

const messages = rowan.checkpoint.v1;
type Message = rowan.checkpoint.v1.Header.$Properties;
type PieceMessage = rowan.checkpoint.v1.Piece.$Properties;
type TensorMessage = rowan.checkpoint.v1.Tensor.$Properties;
type ModelMessage = rowan.checkpoint.v1.Model.$Properties;

/** By the numbers of the schema. */
const dtypeNames: readonly (StoredDType | undefined)[] = [
  undefined,
  "float32",
  "float16",
  "bfloat16",
  "int8",
  "int4",
  "int32",
  "uint8",
  "bool",
];
const compressionNames: readonly Compression[] = ["none", "deflate"];

/**
 * A header as bytes: fields in the order of their numbers, defaults left out.
 *
 * @param header - The header.
 * @returns The protobuf message.
 */
export function encodeHeader(header: Header): Uint8Array {
  const { model, table, tensors, assets, shard, shardCount, chunkBytes } = header;
  const message: Message = {
    chunkBytes,
    ...(model && { model: { ...model, optimizer: model.optimizer ?? null, seeds: [...model.seeds] } as ModelMessage }),
    ...(table && { table }),
    tensors: tensors.map((tensor) => ({
      name: tensor.name,
      dtype: dtypeNames.indexOf(tensor.dtype),
      shape: [...tensor.shape],
      quantization: tensor.quantization ?? null,
      ...storedBytes(tensor),
      ...(tensor.isTable === true && { isTable: true }),
    })),
    assets: assets.map((asset) => ({ name: asset.name, kind: 1, ...storedBytes(asset) })),
    notes: [...header.notes],
    shards: [...header.shards],
    shard,
    shardCount,
  };
  return messages.Header.encode(message).finish();
}

function storedBytes({ length, compression, pieces }: Pick<StoredTensor, "length" | "compression" | "pieces">): {
  length: number;
  compression: number;
  pieces: PieceMessage[];
} {
  const written = pieces.map((piece) => ({ ...piece, storedLengths: [...piece.storedLengths] }));
  return { length, compression: compressionNames.indexOf(compression), pieces: written };
}

/**
 * Reads a header. What it says is not yet checked against the file.
 *
 * @param bytes - The protobuf message.
 * @returns The header; what a later version added is left out.
 * @throws CheckpointFormatError when the bytes are no such message, or numbers in it are beyond 2^53.
 */
export function decodeHeader(bytes: Uint8Array): Header {
  checkEconomy(bytes);
  const message = decode("The header of a checkpoint", () => messages.Header.decode(reader(bytes)));
  return {
    chunkBytes: message.chunkBytes,
    model: message.model ? readModel(message.model) : undefined,
    table: message.table ? { tensor: message.table.tensor ?? "" } : undefined,
    tensors: message.tensors.map(readTensor),
    assets: message.assets.map((asset) => ({
      name: asset.name ?? "",
      kind: asset.kind === messages.AssetKind.ASSET_KIND_VOCABULARY ? "vocabulary" : "unknown",
      ...readBytes(`asset "${asset.name ?? ""}"`, asset),
    })),
    notes: message.notes.map(({ key, value }) => ({ key: key ?? "", value: value ?? "" })),
    shards: message.shards.map(({ file, length, digest }) => ({
      file: file ?? "",
      length: wholeNumber("the length of a shard", length),
      digest: digest ?? 0,
    })),
    shard: message.shard,
    shardCount: message.shardCount,
  };
}

/**
 * Words as bytes.
 *
 * @param vocabulary - Words, configuration, weights.
 * @returns The protobuf message.
 */
export function encodeVocabulary({ words, textConfig, idfWeights }: StoredVocabulary): Uint8Array {
  const message = { words: [...words], textConfig, idfWeights: [...idfWeights] };
  return messages.Vocabulary.encode(message).finish();
}

/**
 * Reads words.
 *
 * @param bytes - The protobuf message.
 * @returns Words, configuration, weights.
 * @throws CheckpointFormatError when the bytes are no such message.
 */
export function decodeVocabulary(bytes: Uint8Array): StoredVocabulary {
  const message = decode("A vocabulary of a checkpoint", () => messages.Vocabulary.decode(reader(bytes)));
  return { words: message.words, textConfig: message.textConfig, idfWeights: message.idfWeights };
}

function reader(bytes: Uint8Array): $protobuf.Reader {
  const made = $protobuf.Reader.create(bytes);
  // What a later version wrote is of no use here, and would be kept in memory.
  made.discardUnknown = true;
  return made;
}

function decode<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CheckpointFormatError(
      `${what} must be a protobuf message as its schema says. Received: ${reason}. The file was damaged, or not written by Rowan.`,
      { cause },
    );
  }
}

function readTensor(tensor: TensorMessage): StoredTensor {
  const name = tensor.name ?? "";
  const where = `tensor "${name}"`;
  const dtype = dtypeNames[tensor.dtype ?? 0];
  if (!dtype) {
    throw new CheckpointFormatError(
      `The dtype of ${where} must be one of ${dtypeNames.slice(1).join(", ")}. Received: number ${String(tensor.dtype)}. A later version may know it: update @rowan/serialize.`,
    );
  }
  const { quantization } = tensor;
  return {
    name,
    dtype,
    shape: (tensor.shape ?? []).map((extent) => wholeNumber(`an extent of ${where}`, extent)),
    ...(tensor.isTable === true && { isTable: true }),
    quantization: quantization
      ? { scales: quantization.scales ?? "", zeros: quantization.zeros ?? "", blockSize: quantization.blockSize ?? 0 }
      : undefined,
    ...readBytes(where, tensor),
  };
}

function readBytes(
  where: string,
  { length, compression, pieces }: Pick<TensorMessage, "length" | "compression" | "pieces">,
): Pick<StoredTensor, "length" | "compression" | "pieces"> {
  const codec = compressionNames[compression ?? 0];
  if (!codec) {
    throw new CheckpointFormatError(
      `The compression of ${where} must be one of ${compressionNames.join(", ")}. Received: number ${String(compression)}. A later version may know it: update @rowan/serialize.`,
    );
  }
  return {
    length: wholeNumber(`the length of ${where}`, length),
    compression: codec,
    pieces: (pieces ?? []).map((p) => readPiece(where, p)),
  };
}

function readPiece(where: string, piece: PieceMessage): Piece {
  return {
    shard: piece.shard ?? 0,
    offset: wholeNumber(`an offset of ${where}`, piece.offset),
    start: wholeNumber(`a start of ${where}`, piece.start),
    length: wholeNumber(`a length of ${where}`, piece.length),
    storedLengths: piece.storedLengths ?? [],
  };
}

function readModel({ config, inputInferred, optimizer, seeds }: ModelMessage): StoredModel {
  return {
    config: config ?? "",
    inputInferred: inputInferred ?? false,
    optimizer: optimizer
      ? {
          className: optimizer.className ?? "",
          iterations: wholeNumber("the number of iterations", optimizer.iterations),
          weights: (optimizer.weights ?? []).map(({ weight, slots, average }) => ({
            weight: weight ?? "",
            slots: (slots ?? []).map(({ name, tensor }) => ({ name: name ?? "", tensor: tensor ?? "" })),
            average: average ?? "",
          })),
        }
      : undefined,
    seeds: (seeds ?? []).map(({ layer, seed }) => ({ layer: layer ?? "", seed: wholeNumber(`the seed of layer "${layer ?? ""}"`, seed) })),
  };
}

/** 64-bit numbers come as numbers or, beyond what those hold, as objects. */
function wholeNumber(what: string, value: unknown): number {
  const number = value == null ? 0 : Number(value);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  throw new CheckpointFormatError(
    `In a checkpoint, ${what} must be a whole number up to 2^53 - 1. Received: ${String(value)}. The file was damaged, or not written by Rowan.`,
  );
}
