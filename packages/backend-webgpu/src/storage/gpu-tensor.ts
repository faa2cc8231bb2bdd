import type { DType, Handle, TensorRef } from "@rowan/api";
import type { DeviceMemory } from "../gpu/recorder.ts";

/** A piece of a tensor that one binding of a kernel can reach. */
export interface Block extends DeviceMemory {
  /** The first element of the tensor that lies here. */
  readonly start: number;
  /** How many elements lie here. */
  readonly length: number;
}

/** What a handle of this backend is: elements of one dtype, in one block or, when they are too many, in several. */
export class GpuTensor {
  readonly dtype: DType;
  readonly length: number;
  /** The blocks hold what others left there, and count as zero until they are cleared. */
  isStale: boolean;
  /** The values on the host, where they were written from there and nothing changed them since: ids of rows that lie on the host. */
  hostIds: Int32Array | undefined;
  readonly #blocks: readonly Block[];

  constructor(dtype: DType, length: number, blocks: readonly Block[], isStale: boolean) {
    this.dtype = dtype;
    this.length = length;
    this.#blocks = blocks;
    this.isStale = isStale;
  }

  /** Where the elements lie. */
  get blocks(): readonly Block[] {
    return this.#blocks;
  }
}

/** Integers of 8 bits lie four in a word, as on the host; all others, truth values too, take a word each. */
export function isPacked(dtype: DType): boolean {
  return dtype === "int8" || dtype === "uint8";
}

/**
 * Words of 32 bits that elements take.
 *
 * @param dtype - Their dtype.
 * @param length - How many there are.
 * @returns The number of words.
 */
export function wordsOf(dtype: DType, length: number): number {
  return isPacked(dtype) ? Math.ceil(length / 4) : length;
}

/** A tensor as this backend's members see it. */
export interface Operand {
  readonly tensor: GpuTensor;
  readonly shape: TensorRef["shape"];
  readonly dtype: DType;
}

/** A handle is a GpuTensor; api knows it as an object. */
export type GpuHandle = GpuTensor & Handle;
