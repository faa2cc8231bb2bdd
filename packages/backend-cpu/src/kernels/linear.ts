import type { LinearKernels } from "../kernels.ts";

/** The order in which NaN is the smallest number, and equal to itself. */
function isLarger(a: number, b: number): boolean {
  return a > b || (Number.isNaN(b) && !Number.isNaN(a));
}

/** Products and order, over typed arrays. Products add in float64. */
export const linearKernels: LinearKernels<Float32Array, Int32Array> = {
  matmul(a, b, out, batches, strideA, strideB, m, n, k, transposeA, transposeB, from, to) {
    const [rowA, stepA] = transposeA ? [1, m] : [k, 1];
    const [columnB, stepB] = transposeB ? [k, 1] : [1, n];
    for (let batch = 0; batch < batches; batch++) {
      let o = (batch * m + from) * n;
      for (let i = from; i < to; i++) {
        for (let j = 0; j < n; j++) {
          let sum = 0;
          let atA = batch * strideA + i * rowA;
          let atB = batch * strideB + j * columnB;
          for (let l = 0; l < k; l++, atA += stepA, atB += stepB) sum += (a[atA] as number) * (b[atB] as number);
          out[o++] = sum;
        }
      }
    }
  },
  topK(x, values, indices, rows, n, k) {
    for (let row = 0; row < rows; row++) {
      const from = row * n;
      const to = row * k;
      let kept = 0;
      for (let i = 0; i < n; i++) {
        const value = x[from + i] as number;
        if (k === 0 || (kept === k && !isLarger(value, values[to + k - 1] as number))) continue;
        let place = kept < k ? kept++ : k - 1;
        for (; place > 0 && isLarger(value, values[to + place - 1] as number); place--) {
          values[to + place] = values[to + place - 1] as number;
          indices[to + place] = indices[to + place - 1] as number;
        }
        values[to + place] = value;
        indices[to + place] = i;
      }
    }
  },
};
