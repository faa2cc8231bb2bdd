import type { DType, TypedArray } from "@rowan/api";

/** A tensor that the binding knows by number. */
export interface BoundTensor {
  readonly id: number;
  readonly shape: readonly number[];
  readonly dtype: number;
}

/** An argument of an operation that is not a tensor. */
export interface OpAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: number | boolean | string | readonly number[];
}

/** The native module of @tensorflow/tfjs-node: TensorFlow's eager operations. */
export interface TensorFlowBinding {
  createTensor(shape: readonly number[], dtype: number, values: TypedArray): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): TypedArray;
  executeOp(name: string, attributes: readonly OpAttribute[], inputs: readonly number[], outputs: number): readonly BoundTensor[];
  getNumOfTensors(): number;
  readonly TF_Version: string;
  readonly TF_ATTR_STRING: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_TYPE: number;
  readonly TF_ATTR_SHAPE: number;
}

/** TensorFlow's numbers of the element types that we use (tensorflow/core/framework/types.proto). */
export const types: Readonly<Record<DType, number>> = { float32: 1, int32: 3, uint8: 4, int8: 6, bool: 10 };

/**
 * How elements are kept: the binding takes no int8, so their bits are those of uint8.
 *
 * @param dtype - Ours.
 * @returns TensorFlow's number.
 */
export function storageType(dtype: DType): number {
  return types[dtype === "int8" ? "uint8" : dtype];
}
