import type { UpdateKernels } from "../kernels.ts";

const f32 = Math.fround;
const smallest = f32(1e-38);

/**
 * Moments that decay end as denormal numbers, on which processors are many times slower.
 *
 * @param moment - A moment.
 * @returns The same, or 0 when it is below 1e-38.
 */
export function flush(moment: number): number {
  return Math.abs(moment) < smallest ? 0 : moment;
}

/** Calls `element` with the place of each element in the target and in the gradient. */
function eachElement(ids: Int32Array, indexed: number, rows: number, dim: number, element: (t: number, g: number) => void): void {
  for (let i = 0, g = 0; i < rows; i++) {
    const start = (indexed ? (ids[i] as number) : i) * dim;
    for (let j = 0; j < dim; j++) element(start + j, g++);
  }
}

/** Optimizer rules over typed arrays. */
export const updateKernels: UpdateKernels<Float32Array, Int32Array> = {
  sgd(target, gradient, ids, indexed, rows, dim, decay64, learningRate64) {
    const [decay, learningRate] = [f32(decay64), f32(learningRate64)];
    eachElement(ids, indexed, rows, dim, (t, i) => {
      const w = target[t] as number;
      target[t] = f32(w - f32(w * decay)) - f32(learningRate * (gradient[i] as number));
    });
  },
  momentum(target, moment, gradient, ids, indexed, rows, dim, decay64, learningRate64, momentum64, nesterov) {
    const [decay, learningRate, momentum] = [f32(decay64), f32(learningRate64), f32(momentum64)];
    eachElement(ids, indexed, rows, dim, (t, i) => {
      const w = target[t] as number;
      const step = f32(learningRate * (gradient[i] as number));
      const m = flush(f32(f32(momentum * (moment[t] as number)) - step));
      moment[t] = m;
      target[t] = f32(w - f32(w * decay)) + (nesterov ? f32(f32(momentum * m) - step) : m);
    });
  },
  adam(target, moment, velocity, largest, gradient, ids, indexed, rows, dim, decay64, stepSize64, keep1_64, keep2_64, epsilon64, amsgrad) {
    const [decay, stepSize, keep1, keep2, epsilon] = [f32(decay64), f32(stepSize64), f32(keep1_64), f32(keep2_64), f32(epsilon64)];
    eachElement(ids, indexed, rows, dim, (t, i) => {
      const w = target[t] as number;
      const g = gradient[i] as number;
      const m0 = moment[t] as number;
      const v0 = velocity[t] as number;
      const m = flush(f32(m0 + f32(f32(g - m0) * keep1)));
      let v = flush(f32(v0 + f32(f32(f32(g * g) - v0) * keep2)));
      moment[t] = m;
      velocity[t] = v;
      if (amsgrad) largest[t] = v = Math.max(largest[t] as number, v);
      target[t] = f32(w - f32(w * decay)) - f32(f32(m * stepSize) / f32(f32(Math.sqrt(v)) + epsilon));
    });
  },
  rmsprop(
    target,
    velocity,
    moment,
    average,
    gradient,
    ids,
    indexed,
    rows,
    dim,
    decay64,
    learningRate64,
    rho64,
    keep64,
    momentum64,
    epsilon64,
    centered,
  ) {
    const [decay, learningRate, rho, keep, momentum, epsilon] = [
      f32(decay64),
      f32(learningRate64),
      f32(rho64),
      f32(keep64),
      f32(momentum64),
      f32(epsilon64),
    ];
    eachElement(ids, indexed, rows, dim, (t, i) => {
      const w = target[t] as number;
      const g = gradient[i] as number;
      const v = flush(f32(f32(rho * (velocity[t] as number)) + f32(keep * f32(g * g))));
      velocity[t] = v;
      let d = v;
      if (centered) {
        const a = flush(f32(f32(rho * (average[t] as number)) + f32(keep * g)));
        average[t] = a;
        d = f32(v - f32(a * a));
      }
      let step = f32(f32(learningRate * g) / f32(Math.sqrt(f32(d + epsilon))));
      if (momentum > 0) moment[t] = step = flush(f32(f32(momentum * (moment[t] as number)) + step));
      target[t] = f32(w - f32(w * decay)) - step;
    });
  },
  adagrad(target, accumulator, gradient, ids, indexed, rows, dim, decay64, learningRate64, epsilon64) {
    const [decay, learningRate, epsilon] = [f32(decay64), f32(learningRate64), f32(epsilon64)];
    eachElement(ids, indexed, rows, dim, (t, i) => {
      const w = target[t] as number;
      const g = gradient[i] as number;
      const a = f32((accumulator[t] as number) + f32(g * g));
      accumulator[t] = a;
      target[t] = f32(w - f32(w * decay)) - f32(f32(learningRate * g) / f32(Math.sqrt(f32(a + epsilon))));
    });
  },
  rowwiseAdagrad(target, accumulator, gradient, ids, indexed, rows, dim, decay64, learningRate64, epsilon64) {
    const [decay, learningRate, epsilon] = [f32(decay64), f32(learningRate64), f32(epsilon64)];
    for (let i = 0; i < rows; i++) {
      const row = indexed ? (ids[i] as number) : i;
      const g = gradient.subarray(i * dim, (i + 1) * dim);
      const a = f32((accumulator[row] as number) + f32(sumOfSquares(g) / dim));
      accumulator[row] = a;
      const rate = f32(learningRate / f32(Math.sqrt(f32(a + epsilon))));
      for (let j = 0; j < dim; j++) {
        const w = target[row * dim + j] as number;
        target[row * dim + j] = f32(w - f32(w * decay)) - f32(rate * (g[j] as number));
      }
    }
  },
};

/** In four sums side by side, as vectors add them; what is left over goes to the first. */
function sumOfSquares(values: Float32Array): number {
  const sums = new Float32Array(4);
  const whole = values.length - (values.length % 4);
  for (let i = 0; i < values.length; i++) {
    const lane = i < whole ? i % 4 : 0;
    const value = values[i] as number;
    sums[lane] = (sums[lane] as number) + f32(value * value);
  }
  const [a = 0, b = 0, c = 0, d = 0] = sums;
  return f32(f32(a + b) + f32(c + d));
}
