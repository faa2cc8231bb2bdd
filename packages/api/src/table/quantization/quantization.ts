import type { QuantizedKind } from "../../backend/quantized-rows.ts";
import { checkOptions } from "../../check-options.ts";
import { InvalidArgumentError, describeValue } from "../../errors.ts";
import { checkPositiveInteger } from "../../tensor/shape.ts";
import type { RowLayout } from "./encode-rows.ts";

/** How rows are quantized, as data. */
export interface Quantization {
  readonly kind: QuantizedKind;
  /** Of `"int4"`: how many columns share a scale and a zero, or -1 where a row has one scale and no zero. */
  readonly blockSize?: number;
}

/** Options of `quantize`. */
export interface QuantizeOptions {
  /** For `"int4"`: how many columns share a scale; 128 when left out, as in Keras. -1: one scale a row, without a zero point. */
  readonly blockSize?: number;
}

const optionNames = ["blockSize"] as const satisfies readonly (keyof QuantizeOptions)[];
const kinds: readonly QuantizedKind[] = ["int8", "int4", "float16", "bfloat16"];

/**
 * Checks what a caller asked for.
 *
 * @param kind - How values shall be stored.
 * @param options - `blockSize`, for `"int4"`.
 * @returns The quantization.
 * @throws InvalidArgumentError for an unknown kind, a block size that is neither a positive integer nor -1, and one for another kind.
 */
export function checkQuantization(kind: QuantizedKind, options: QuantizeOptions = {}): Quantization {
  if (!kinds.includes(kind))
    throw new InvalidArgumentError(`\`kind\` must be one of ${kinds.join(", ")}. Received: kind=${describeValue(kind)}.`);
  checkOptions("quantize", options, "{ blockSize: 128 }", optionNames);
  const { blockSize } = options;
  if (kind === "int4") return { kind, blockSize: blockSize === -1 ? -1 : checkPositiveInteger("blockSize", blockSize ?? 128) };
  if (blockSize !== undefined) {
    throw new InvalidArgumentError(
      `\`blockSize\` is an option of "int4". Received: blockSize=${describeValue(blockSize)} for kind=${describeValue(kind)}. Leave it out.`,
    );
  }
  return { kind };
}

/**
 * How rows are laid out under a quantization.
 *
 * @param quantization - A checked one.
 * @param dim - The number of values in a row.
 * @returns The layout.
 */
export function layoutOf({ kind, blockSize }: Quantization, dim: number): RowLayout {
  return { kind, dim, block: blockSize === undefined || blockSize === -1 ? undefined : blockSize };
}
