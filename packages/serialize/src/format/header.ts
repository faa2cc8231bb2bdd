/** The header of a checkpoint as plain data: what packages/serialize/proto/checkpoint.proto describes, with the defaults filled in. */

/** What an element of a stored tensor is. */
export type StoredDType = "float32" | "float16" | "bfloat16" | "int8" | "int4" | "int32" | "uint8" | "bool";

/** How chunks are stored. */
export type Compression = "none" | "deflate";

/** Chunks that follow each other in one file. */
export interface Piece {
  /** The file, from 1, in an index; 0 for the file that the header stands in. */
  readonly shard: number;
  /** Where its first frame begins, from the first multiple of 64 behind the header on. */
  readonly offset: number;
  /** Which byte of the data is its first. */
  readonly start: number;
  /** Bytes of the data in it, uncompressed. */
  readonly length: number;
  /** The bytes of each chunk in the file, where chunks are compressed. */
  readonly storedLengths: readonly number[];
}

/** Bytes in chunks: of a tensor or an asset. */
export interface StoredBytes {
  readonly name: string;
  /** Bytes, uncompressed. */
  readonly length: number;
  readonly compression: Compression;
  readonly pieces: readonly Piece[];
}

/** How integers become floats: `integer / scale`, or with zeros `(integer - zero) * scale`. */
export interface StoredQuantization {
  /** The name of the tensor of scales. */
  readonly scales: string;
  /** The name of the tensor of zeros, or `""`. */
  readonly zeros: string;
  /** Columns that share a scale and a zero; 0: all of a row. */
  readonly blockSize: number;
}

/** A tensor of a checkpoint. */
export interface StoredTensor extends StoredBytes {
  readonly dtype: StoredDType;
  readonly shape: readonly number[];
  readonly quantization: StoredQuantization | undefined;
  /** Among tensors by name: the rows of a table. */
  readonly isTable?: boolean;
}

/** Words in the order of their ids. */
export interface StoredVocabulary {
  readonly words: readonly string[];
  /** The configuration of a TextVectorization as JSON, or `""`. */
  readonly textConfig: string;
  readonly idfWeights: readonly number[];
}

/** What is stored beside tensors. So far only vocabularies. */
export interface StoredAsset extends StoredBytes {
  /** `"unknown"`: of a later version. */
  readonly kind: "vocabulary" | "unknown";
}

/** One file of several. */
export interface StoredShard {
  readonly file: string;
  readonly length: number;
  readonly digest: number;
}

/** What an optimizer keeps beside one weight; names of tensors. */
export interface StoredWeightState {
  readonly weight: string;
  readonly slots: readonly { readonly name: string; readonly tensor: string }[];
  /** The moving average, or `""`. */
  readonly average: string;
}

/** What an optimizer keeps. */
export interface StoredOptimizer {
  readonly className: string;
  readonly iterations: number;
  readonly weights: readonly StoredWeightState[];
}

/** A model: its configuration, and what is neither weight nor configuration. */
export interface StoredModel {
  /** JSON. */
  readonly config: string;
  readonly inputInferred: boolean;
  readonly optimizer: StoredOptimizer | undefined;
  readonly seeds: readonly { readonly layer: string; readonly seed: number }[];
}

/** Everything that stands before the bytes. */
export interface Header {
  readonly chunkBytes: number;
  readonly model: StoredModel | undefined;
  readonly table: { readonly tensor: string } | undefined;
  readonly tensors: readonly StoredTensor[];
  readonly assets: readonly StoredAsset[];
  readonly notes: readonly { readonly key: string; readonly value: string }[];
  readonly shards: readonly StoredShard[];
  readonly shard: number;
  readonly shardCount: number;
}
