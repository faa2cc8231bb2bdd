import { curvePairs } from "./layout.ts";

/**
 * What kernels interpolate: pairs of `sigmoid(x)` and `softplus(-x)` for x from -16 on in steps of 1/64. Between two of them a
 * straight line is at most 3e-6 from the sigmoid.
 *
 * @param curve - Room for the pairs.
 */
export function fillCurve(curve: Float32Array): void {
  for (let i = 0; i < curvePairs; i++) {
    const x = Math.min(i / 64 - 16, 16);
    curve[2 * i] = 1 / (1 + Math.exp(-x));
    curve[2 * i + 1] = Math.max(-x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
  }
}
