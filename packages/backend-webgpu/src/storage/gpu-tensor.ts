import { InternalError, UnsupportedOpError } from "@rowan/api";
import type { DType } from "@rowan/api";
import type { DeviceMemory } from "../gpu/recorder.ts";
import type { HostPlace } from "./host-place.ts";

/** A piece of a tensor that one binding of a kernel can reach. */
export interface Block extends DeviceMemory {
  /** The first element of the tensor that lies here. */
  readonly start: number;
  /** How many elements lie here. */
  readonly length: number;
}

/** Where elements lie: on the device, in one block or, when they are too many, in several; or on the host. */
export type Place = { readonly blocks: readonly Block[] } | { readonly host: HostPlace } | { readonly error: unknown };

/** What a handle of this backend is: elements of one dtype, and where they lie. */
export class GpuTensor {
  readonly dtype: DType;
  readonly length: number;
  /** The blocks hold what others left there, and count as zero until they are cleared. */
  isStale = false;
  /** The values on the host, where they were written from there and nothing changed them since: ids of rows that lie on the host. */
  hostIds: Int32Array | undefined;
  #place: Place | undefined;

  /**
   * @param dtype - Of the elements.
   * @param length - How many.
   * @param place - Where they lie; left out while they are still to be computed.
   */
  constructor(dtype: DType, length: number, place?: Place) {
    this.dtype = dtype;
    this.length = length;
    this.#place = place;
  }

  /** Where the elements lie on the device. Throws UnsupportedOpError where they lie on the host. */
  get blocks(): readonly Block[] {
    const place = this.place;
    if ("blocks" in place) return place.blocks;
    throw new UnsupportedOpError(
      `This operation takes a tensor that lies on the device, which has no room for it. Received: ${this.length} elements of ${this.dtype}, kept on the host. Look rows up, or compute with smaller tensors; quantize the table; or raise \`memoryBytes\`.`,
    );
  }

  /** Where the elements lie on the host; undefined where they are on the device. */
  get host(): HostPlace | undefined {
    const place = this.place;
    return "host" in place ? place.host : undefined;
  }

  /** Where the elements lie. Throws what went wrong when they were computed. */
  get place(): Place {
    if (this.#place === undefined) throw new InternalError("a tensor is used before it was computed.");
    if ("error" in this.#place) throw this.#place.error;
    return this.#place;
  }

  /** Whether they lie somewhere already. */
  get isPlaced(): boolean {
    return this.#place !== undefined && !("error" in this.#place);
  }

  /** They lie elsewhere from now on. */
  moveTo(place: Place): void {
    this.#place = place;
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

/**
 * Bytes that elements take on the device.
 *
 * @param dtype - Their dtype.
 * @param length - How many there are.
 * @returns The number of bytes.
 */
export function bytesOf(dtype: DType, length: number): number {
  return 4 * wordsOf(dtype, length);
}
