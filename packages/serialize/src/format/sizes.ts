import type { StoredDType, StoredTensor } from "./header.ts";

const elementBytes: Readonly<Record<Exclude<StoredDType, "int4">, number>> = {
  float32: 4,
  float16: 2,
  bfloat16: 2,
  int8: 1,
  int32: 4,
  uint8: 1,
  bool: 1,
};

/**
 * Bytes of one row: what lies under one index of the first axis.
 *
 * @param tensor - Its dtype and shape; a scalar is one row.
 * @returns Whole bytes; a row of int4 ends with its last byte.
 */
export function rowBytes({ dtype, shape }: Pick<StoredTensor, "dtype" | "shape">): number {
  const inner = shape.slice(1);
  if (dtype !== "int4") return inner.reduce((a, b) => a * b, elementBytes[dtype]);
  const last = inner.pop() ?? 1;
  return inner.reduce((a, b) => a * b, Math.ceil(last / 2));
}

/**
 * Bytes of a tensor.
 *
 * @param tensor - Its dtype and shape.
 * @returns The product, which is no safe integer where the shape is absurd.
 */
export function tensorBytes(tensor: Pick<StoredTensor, "dtype" | "shape">): number {
  return (tensor.shape[0] ?? 1) * rowBytes(tensor);
}
