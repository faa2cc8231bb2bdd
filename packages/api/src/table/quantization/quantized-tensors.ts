import type { Backend } from "../../backend/backend.ts";
import { allocateRows } from "../../backend/defaults.ts";
import type { QuantizedKind, QuantizedRows } from "../../backend/quantized-rows.ts";
import { UnsupportedOpError } from "../../errors.ts";
import type { DType } from "../../tensor/dtype.ts";
import { viewTypedArray } from "../../tensor/dtype.ts";
import { keep } from "../../tensor/scope.ts";
import type { Shape } from "../../tensor/shape.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { bytesOfRow, scalesOfRow } from "./encode-rows.ts";
import type { EncodedRows } from "./encode-rows.ts";
import { layoutOf } from "./quantization.ts";
import type { Quantization } from "./quantization.ts";

/** The rows of a quantized table on a backend. No scope owns them: whoever made them disposes them. */
export class QuantizedTensors implements QuantizedRows {
  readonly backend: Backend;
  readonly quantization: Quantization;
  readonly kind: QuantizedKind;
  /** The number of rows. */
  readonly rows: number;
  readonly dim: number;
  readonly block: number;
  readonly data: Tensor;
  readonly scale?: Tensor;
  readonly zero?: Tensor;

  /**
   * Takes memory for rows; `write` fills it.
   *
   * @param backend - Where they shall live.
   * @param quantization - How they are stored.
   * @param shape - `[rows, dim]`.
   * @throws UnsupportedOpError where the backend lacks the dtypes of bytes; OutOfMemoryError.
   */
  constructor(backend: Backend, quantization: Quantization, shape: Shape) {
    const [rows = 0, dim = 0] = shape;
    const layout = layoutOf(quantization, dim);
    this.backend = backend;
    this.quantization = quantization;
    this.kind = quantization.kind;
    this.rows = rows;
    this.dim = dim;
    this.block = layout.block ?? dim;
    const scales = scalesOfRow(layout);
    const dtype = scales > 0 ? "int8" : "uint8";
    if (!backend.capabilities.dtypes.includes(dtype)) {
      throw new UnsupportedOpError(
        `A table quantized to ${this.kind} needs a backend that holds ${dtype}. Received: the backend "${backend.name}", which holds ${backend.capabilities.dtypes.join(", ")}. Keep the float table there.`,
      );
    }
    this.data = makeTensor(backend, [rows, bytesOfRow(layout)], dtype);
    try {
      if (scales > 0) this.scale = makeTensor(backend, [rows, scales], "float32");
      if (layout.block !== undefined) this.zero = makeTensor(backend, [rows, scales], "int8");
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  /** Bytes on the backend. */
  get bytes(): number {
    return this.data.size + (this.scale?.size ?? 0) * 4 + (this.zero?.size ?? 0);
  }

  /**
   * Puts rows where they belong.
   *
   * @param encoded - Some rows, in this layout.
   * @param from - The number of the first one.
   */
  write({ data, scale, zero }: EncodedRows, from: number): void {
    const { backend } = this;
    backend.write(this.data, viewTypedArray(this.data.dtype, data.buffer, data.byteOffset, data.length), from * widthOf(this.data));
    if (this.scale) backend.write(this.scale, scale, from * widthOf(this.scale));
    if (this.zero) backend.write(this.zero, zero, from * widthOf(this.zero));
  }

  /** Gives the memory back. */
  dispose(): void {
    for (const tensor of [this.data, this.scale, this.zero]) tensor?.dispose();
  }
}

function makeTensor(backend: Backend, shape: Shape, dtype: DType): Tensor {
  return keep(Tensor.own(backend, allocateRows(backend, dtype, shape), shape, dtype));
}

function widthOf(tensor: Tensor): number {
  return tensor.shape[1] as number;
}
