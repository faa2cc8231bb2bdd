/** What a projection along principal axes needs. */
export interface PrincipalAxes {
  readonly mean: Float64Array;
  /** `[count, dim]`, of length 1, the widest first. */
  readonly axes: readonly Float64Array[];
  /** The part of the variance that each axis has, 0 to 1. */
  readonly shares: readonly number[];
}

/** So many rows, and so many values of them, tell the axes well enough. */
const mostRows = 4000;
const mostValues = 2 ** 21;
/** Rows up to this length have a covariance that is small; that of longer ones would take minutes, so their product goes over the rows. */
const mostCovariance = 512;
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
  const step = Math.max(1, Math.ceil(rows / Math.min(mostRows, Math.max(1, mostValues / dim))));
  const mean = new Float64Array(dim);
  let used = 0;
  for (let row = 0; row < rows; row += step, used++)
    for (let i = 0; i < dim; i++) mean[i] = (mean[i] as number) + (vectors[row * dim + i] as number);
  for (let i = 0; i < dim; i++) mean[i] = (mean[i] as number) / used;
  const sample = centredSample(vectors, dim, step, mean, used);
  const product = dim <= mostCovariance ? byCovariance(sample, dim) : byRows(sample, dim);
  let axes = Array.from({ length: Math.min(count, dim) }, (_, k) => startAxis(dim, k, before?.axes[k]));
  orthonormalize(axes);
  for (let round = 0; round < rounds; round++) {
    axes = axes.map((axis) => product(axis));
    orthonormalize(axes);
  }
  const total = dot(sample, sample) / used;
  const found = axes.map((axis) => ({ axis, variance: dot(axis, product(axis)) / used })).sort((a, b) => b.variance - a.variance);
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

/** `[used, dim]`: every so manieth row, without the mean. */
function centredSample(vectors: Float32Array, dim: number, step: number, mean: Float64Array, used: number): Float64Array {
  return Float64Array.from({ length: used * dim }, (_, at) => {
    const i = at % dim;
    return (vectors[((at - i) / dim) * step * dim + i] as number) - (mean[i] as number);
  });
}

type Product = (axis: Float64Array) => Float64Array;

/** The product with `sample^T sample`, which is made once. */
function byCovariance(sample: Float64Array, dim: number): Product {
  const covariance = new Float64Array(dim * dim);
  for (let row = 0; row < sample.length; row += dim) {
    for (let i = 0; i < dim; i++) {
      const value = sample[row + i] as number;
      for (let j = 0; j <= i; j++) covariance[i * dim + j] = (covariance[i * dim + j] as number) + value * (sample[row + j] as number);
    }
  }
  for (let i = 0; i < dim; i++) for (let j = 0; j < i; j++) covariance[j * dim + i] = covariance[i * dim + j] as number;
  return (axis) => multiply(covariance, axis);
}

/** The same product by way of the rows. */
function byRows(sample: Float64Array, dim: number): Product {
  return (axis) => {
    const out = new Float64Array(dim);
    for (let row = 0; row < sample.length; row += dim) {
      let along = 0;
      for (let i = 0; i < dim; i++) along += (sample[row + i] as number) * (axis[i] as number);
      for (let i = 0; i < dim; i++) out[i] = (out[i] as number) + along * (sample[row + i] as number);
    }
    return out;
  };
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
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
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
