/** What a projection along principal axes needs. */
export interface PrincipalAxes {
  readonly mean: Float64Array;
  /** `[count, dim]`, of length 1, the widest first. */
  readonly axes: readonly Float64Array[];
  /** The part of the variance that each axis has, 0 to 1. */
  readonly shares: readonly number[];
}

/** So many rows tell the axes well enough. */
const mostRows = 4000;
const rounds = 60;

/**
 * Principal axes by subspace iteration on the covariance: all axes at once, made orthogonal after each product.
 *
 * @param vectors - `[rows, dim]`.
 * @param dim - Values of a row.
 * @param count - How many axes; at most `dim` are found, the others are zero.
 * @param before - Earlier axes of the same table: the new ones point the same way, so that a picture does not flip while a table learns.
 */
export function principalAxes(vectors: Float32Array, dim: number, count: number, before?: PrincipalAxes): PrincipalAxes {
  const rows = vectors.length / dim;
  const step = Math.max(1, Math.ceil(rows / mostRows));
  const mean = new Float64Array(dim);
  let used = 0;
  for (let row = 0; row < rows; row += step, used++)
    for (let i = 0; i < dim; i++) mean[i] = (mean[i] as number) + (vectors[row * dim + i] as number);
  for (let i = 0; i < dim; i++) mean[i] = (mean[i] as number) / used;
  const covariance = covarianceOf(vectors, dim, step, mean, used);
  let axes = Array.from({ length: Math.min(count, dim) }, (_, k) => startAxis(dim, k, before?.axes[k]));
  orthonormalize(axes);
  for (let round = 0; round < rounds; round++) {
    axes = axes.map((axis) => multiply(covariance, axis));
    orthonormalize(axes);
  }
  const total = Array.from({ length: dim }, (_, i) => covariance[i * dim + i] as number).reduce((sum, value) => sum + value, 0);
  const found = axes.map((axis) => ({ axis, variance: dot(axis, multiply(covariance, axis)) })).sort((a, b) => b.variance - a.variance);
  found.forEach(({ axis }, k) => {
    const former = before?.axes[k];
    if (former && dot(axis, former) < 0) for (let i = 0; i < dim; i++) axis[i] = (axis[i] as number) * -1;
  });
  while (found.length < count) found.push({ axis: new Float64Array(dim), variance: 0 });
  return { mean, axes: found.map(({ axis }) => axis), shares: found.map(({ variance }) => (total > 0 ? variance / total : 0)) };
}

/**
 * Coordinates of some rows along the axes.
 *
 * @param vectors - `[rows, dim]`.
 * @param ids - Which rows.
 * @param axes - Of `principalAxes`.
 * @returns `[ids.length, axes]`.
 */
export function project(vectors: Float32Array, ids: readonly number[], { mean, axes }: PrincipalAxes): Float32Array {
  const dim = mean.length;
  const out = new Float32Array(ids.length * axes.length);
  ids.forEach((id, at) => {
    axes.forEach((axis, k) => {
      let sum = 0;
      for (let i = 0; i < dim; i++) sum += ((vectors[id * dim + i] as number) - (mean[i] as number)) * (axis[i] as number);
      out[at * axes.length + k] = sum;
    });
  });
  return out;
}

function covarianceOf(vectors: Float32Array, dim: number, step: number, mean: Float64Array, used: number): Float64Array {
  const covariance = new Float64Array(dim * dim);
  const centred = new Float64Array(dim);
  for (let row = 0; row * dim < vectors.length; row += step) {
    for (let i = 0; i < dim; i++) centred[i] = (vectors[row * dim + i] as number) - (mean[i] as number);
    for (let i = 0; i < dim; i++) {
      const value = (centred[i] as number) / used;
      for (let j = 0; j <= i; j++) covariance[i * dim + j] = (covariance[i * dim + j] as number) + value * (centred[j] as number);
    }
  }
  for (let i = 0; i < dim; i++) for (let j = 0; j < i; j++) covariance[j * dim + i] = covariance[i * dim + j] as number;
  return covariance;
}

/** Former axes if there are some, else waves that no axis of a table is likely to stand across. */
function startAxis(dim: number, k: number, former: Float64Array | undefined): Float64Array {
  const wave = Float64Array.from({ length: dim }, (_, i) => Math.sin((i + 1) * (k + 1) * 1.7) + (i === k ? 1 : 0));
  return former ? wave.map((value, i) => (former[i] as number) + 1e-3 * value) : wave;
}

function multiply(matrix: Float64Array, vector: Float64Array): Float64Array {
  const dim = vector.length;
  return vector.map((_, i) => {
    let sum = 0;
    for (let j = 0; j < dim; j++) sum += (matrix[i * dim + j] as number) * (vector[j] as number);
    return sum;
  });
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);
}

/** Gram and Schmidt, in place; a vector that lies in the others' space becomes another direction of it. */
function orthonormalize(axes: Float64Array[]): void {
  axes.forEach((axis, k) => {
    for (let attempt = 0; ; attempt++) {
      for (let j = 0; j < k; j++) {
        const overlap = dot(axis, axes[j] as Float64Array);
        for (let i = 0; i < axis.length; i++) axis[i] = (axis[i] as number) - overlap * ((axes[j] as Float64Array)[i] as number);
      }
      const length = Math.sqrt(dot(axis, axis));
      if (length > 1e-12) {
        for (let i = 0; i < axis.length; i++) axis[i] = (axis[i] as number) / length;
        return;
      }
      axis.fill(0);
      axis[(k + attempt) % axis.length] = 1;
    }
  });
}
