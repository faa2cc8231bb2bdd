import type { DType, TypedArray } from "@rowan/api";

const ranges = { int32: [-2147483648, 2147483647], int8: [-128, 127], uint8: [0, 255] } as const;

/**
 * Between dtypes: toward zero and into the range, NaN becomes 0; to bool whatever is not 0.
 *
 * @param from - The values.
 * @param to - Where they go.
 * @param dtype - What they become.
 */
export function castElements(from: TypedArray, to: TypedArray, dtype: DType): void {
  if (dtype === "bool") {
    for (let i = 0; i < to.length; i++) to[i] = from[i] === 0 ? 0 : 1;
  } else if (dtype === "float32" || !(from instanceof Float32Array)) {
    to.set(from.subarray(0, to.length));
  } else {
    const [low, high] = ranges[dtype];
    // Typed arrays make 0 of a NaN.
    for (let i = 0; i < to.length; i++) to[i] = Math.trunc(Math.min(Math.max(from[i] as number, low), high));
  }
}
