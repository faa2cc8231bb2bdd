/** Turns of the power iteration: the directions of word vectors are clear long before. */
const turns = 60;

/**
 * Projects rows on the two directions in which they differ most (principal components).
 *
 * @param data - `[rows, dim]`, row by row; it is not changed.
 * @param dim - The length of a row.
 * @returns `[rows, 2]`.
 */
export function projectRows(data: ArrayLike<number>, dim: number): Float64Array {
  const rows = data.length / dim;
  const centred = Float64Array.from(data);
  for (let j = 0; j < dim; j++) {
    let mean = 0;
    for (let i = 0; i < rows; i++) mean += (centred[i * dim + j] as number) / rows;
    for (let i = 0; i < rows; i++) centred[i * dim + j] = (centred[i * dim + j] as number) - mean;
  }
  const points = new Float64Array(rows * 2);
  for (let axis = 0; axis < 2; axis++) {
    const direction = findDirection(centred, rows, dim);
    for (let i = 0; i < rows; i++) {
      let along = 0;
      for (let j = 0; j < dim; j++) along += (centred[i * dim + j] as number) * (direction[j] as number);
      points[2 * i + axis] = along;
      // What is left is without this direction, so that the next one stands upright on it.
      for (let j = 0; j < dim; j++) centred[i * dim + j] = (centred[i * dim + j] as number) - along * (direction[j] as number);
    }
  }
  return points;
}

function findDirection(data: Float64Array, rows: number, dim: number): Float64Array {
  let direction = Float64Array.from({ length: dim }, (_, j) => 1 + (j % 7) / 7);
  for (let turn = 0; turn < turns; turn++) {
    const next = new Float64Array(dim);
    for (let i = 0; i < rows; i++) {
      let along = 0;
      for (let j = 0; j < dim; j++) along += (data[i * dim + j] as number) * (direction[j] as number);
      for (let j = 0; j < dim; j++) next[j] = (next[j] as number) + along * (data[i * dim + j] as number);
    }
    const length = Math.hypot(...next);
    if (length === 0) return next;
    direction = next.map((value) => value / length);
  }
  return direction;
}
