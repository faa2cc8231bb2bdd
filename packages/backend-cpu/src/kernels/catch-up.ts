import type { CatchUpKernels } from "../kernels.ts";
import { flush } from "./update.ts";

const f32 = Math.fround;

/** Where the nodes begin in a row of factors. */
const lead = 3;

function rowOf(factors: Float32Array, group: number, columns: number): Float32Array {
  return factors.subarray(group * columns, (group + 1) * columns);
}

/** Steps that were put off, applied at once, over typed arrays. */
export const catchUpKernels: CatchUpKernels<Float32Array, Int32Array> = {
  catchUpAdam(target, moment, velocity, largest, ids, factors, groups, rows, dim, columns, epsilon64, amsgrad) {
    const epsilon = f32(epsilon64);
    const root = amsgrad ? largest : velocity;
    for (let i = 0; i < rows; i++) {
      const [decay = 1, keepMoment = 1, keepVelocity = 1, ...nodes] = rowOf(factors, groups[i] as number, columns);
      const start = (ids[i] as number) * dim;
      for (let t = start; t < start + dim; t++) {
        const m = moment[t] as number;
        const s = f32(Math.sqrt(root[t] as number));
        let moved = 0;
        for (let node = 0; node < nodes.length; node += 2) {
          const below = f32(f32(s * (nodes[node + 1] as number)) + epsilon);
          moved = f32(moved + f32((nodes[node] as number) / below));
        }
        const w = target[t] as number;
        target[t] = (nodes.length > 0 ? f32(w - f32(m * moved)) : w) * decay;
        moment[t] = flush(f32(m * keepMoment));
        velocity[t] = flush(f32((velocity[t] as number) * keepVelocity));
      }
    }
  },
  catchUpMomentum(target, moment, ids, factors, groups, rows, dim, columns) {
    for (let i = 0; i < rows; i++) {
      const row = rowOf(factors, groups[i] as number, columns);
      const [decay = 1, keep = 1] = row;
      let moved = 0;
      for (let column = lead; column < columns; column += 2) moved = f32(moved + (row[column] as number));
      const start = (ids[i] as number) * dim;
      for (let t = start; t < start + dim; t++) {
        const m = moment[t] as number;
        target[t] = f32((target[t] as number) - f32(m * moved)) * decay;
        moment[t] = flush(f32(m * keep));
      }
    }
  },
  scaleRows(target, ids, factors, groups, rows, dim, columns, column, flushes) {
    for (let i = 0; i < rows; i++) {
      const factor = factors[(groups[i] as number) * columns + column] as number;
      const start = (ids[i] as number) * dim;
      for (let t = start; t < start + dim; t++) {
        const scaled = f32((target[t] as number) * factor);
        target[t] = flushes ? flush(scaled) : scaled;
      }
    }
  },
};
