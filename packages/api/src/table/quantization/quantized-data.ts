import type { Backend } from "../../backend/backend.ts";
import type { QuantizedKind } from "../../backend/quantized-rows.ts";
import { DTypeError, InvalidArgumentError, ShapeMismatchError, describeValue } from "../../errors.ts";
import type { DType } from "../../tensor/dtype.ts";
import { NDArray } from "../../tensor/ndarray.ts";
import { checkPositiveInteger, formatShape, sameShape } from "../../tensor/shape.ts";
import type { Shape } from "../../tensor/shape.ts";
import { bytesOfRow, scalesOfRow } from "./encode-rows.ts";
import { checkQuantization, layoutOf } from "./quantization.ts";
import { QuantizedTensors } from "./quantized-tensors.ts";

/**
 * The stored values of a quantized table, in Keras' layout where Keras has one: what checkpoints hold.
 *
 * - `"int8"`: data int8 `[rows, dim]`, scale float32 `[rows]`, which values were multiplied by.
 * - `"int4"`: data int8 `[rows, ceil(dim / 2)]`, the even column in the low four bits; scale float32 `[rows, groups]` and zero int8
 *   `[rows, groups]`, or, with `blockSize: -1`, scale `[rows]` as for int8.
 * - `"float16"`, `"bfloat16"`: data uint8 `[rows, 2 * dim]`, the lower byte of each value first.
 */
export interface QuantizedData {
  readonly kind: QuantizedKind;
  readonly outputDim: number;
  /** Of `"int4"`. */
  readonly blockSize?: number;
  readonly data: NDArray;
  readonly scale?: NDArray;
  readonly zero?: NDArray;
}

/**
 * Brings the stored values to the host.
 *
 * @param source - The rows.
 * @returns Copies.
 */
export async function readQuantizedData(source: QuantizedTensors): Promise<QuantizedData> {
  const { quantization, rows, dim, zero: zeros } = source;
  const [data, scale, zero] = await Promise.all([source.data.read(), source.scale?.read(), zeros?.read()]);
  return { ...quantization, outputDim: dim, data, ...(scale && { scale: zero ? scale : scale.reshape([rows]) }), ...(zero && { zero }) };
}

/**
 * Puts stored values on a backend.
 *
 * @param given - In the layout of `QuantizedData`; copied.
 * @param backend - Where they shall live.
 * @returns New memory, which the caller disposes.
 * @throws InvalidArgumentError, DTypeError or ShapeMismatchError when an array is missing, too many, or not of that layout.
 */
export function uploadQuantizedData(given: QuantizedData, backend: Backend): QuantizedTensors {
  const { kind, blockSize, data, scale, zero } = given;
  const dim = checkPositiveInteger("outputDim", given.outputDim);
  const quantization = checkQuantization(kind, blockSize === undefined ? {} : { blockSize });
  const layout = layoutOf(quantization, dim);
  const scales = scalesOfRow(layout);
  const rows = data instanceof NDArray ? (data.shape[0] ?? 0) : 0;
  checkArray("data", data, [Math.max(rows, 1), bytesOfRow(layout)], scales > 0 ? "int8" : "uint8");
  checkArray("scale", scale, scales === 0 ? undefined : layout.block === undefined ? [rows] : [rows, scales], "float32");
  checkArray("zero", zero, layout.block === undefined ? undefined : [rows, scales], "int8");
  const target = new QuantizedTensors(backend, quantization, [rows, dim]);
  const bytes = new Uint8Array(data.data.buffer as ArrayBuffer, data.data.byteOffset, data.size);
  target.write(
    { data: bytes, scale: (scale?.data ?? new Float32Array()) as Float32Array, zero: (zero?.data ?? new Int8Array()) as Int8Array },
    0,
  );
  return target;
}

function checkArray(name: string, array: NDArray | undefined, shape: Shape | undefined, dtype: DType): void {
  if (shape === undefined) {
    if (array === undefined) return;
    throw new InvalidArgumentError(
      `\`${name}\` has no meaning in this layout. Received: an array of shape ${formatShape(array.shape)}. Leave it out.`,
    );
  }
  if (!(array instanceof NDArray)) {
    throw new InvalidArgumentError(
      `\`${name}\` must be an NDArray of shape ${formatShape(shape)} and dtype ${dtype}. Received: ${name}=${describeValue(array)}.`,
    );
  }
  if (array.dtype !== dtype) throw new DTypeError(`\`${name}\` must be of dtype ${dtype}. Received: an NDArray of dtype ${array.dtype}.`);
  if (!sameShape(array.shape, shape))
    throw new ShapeMismatchError(`\`${name}\` must have the shape ${formatShape(shape)}. Received: ${formatShape(array.shape)}.`);
}
