/**
 * Walks a layout of two operands (see `kernels.ts`) and calls `run` for each innermost run.
 *
 * @param layout - Extents, then strides of the first and of the second operand.
 * @param rank - How many axes; at least 1.
 * @param run - Gets where both operands start, how many elements the run has, and their strides.
 */
export function walk2(
  layout: Int32Array,
  rank: number,
  run: (a: number, b: number, count: number, strideA: number, strideB: number) => void,
): void {
  walk3(layout, rank, 2, run);
}

/**
 * Walks a layout of two or three operands and calls `run` for each innermost run.
 *
 * @param layout - Extents, then strides of each operand.
 * @param rank - How many axes; at least 1.
 * @param operands - 2 or 3; with 2, the last arguments of `run` are 0.
 * @param run - Gets where the operands start, and so on.
 */
export function walk3(
  layout: Int32Array,
  rank: number,
  operands: 2 | 3,
  run: (a: number, b: number, count: number, strideA: number, strideB: number, c: number, strideC: number) => void,
): void {
  const last = rank - 1;
  const at = (index: number): number => layout[index] as number;
  const stride = (operand: number, axis: number): number => (operand < operands ? at(rank * (operand + 1) + axis) : 0);
  const counters = rank * (operands + 1);
  layout.fill(0, counters, counters + rank);
  let [a, b, c] = [0, 0, 0];
  for (;;) {
    run(a, b, at(last), stride(0, last), stride(1, last), c, stride(2, last));
    let axis = last - 1;
    for (; axis >= 0; axis--) {
      const count = at(counters + axis) + 1;
      const wraps = count === at(axis);
      const step = wraps ? 1 - count : 1;
      layout[counters + axis] = wraps ? 0 : count;
      a += step * stride(0, axis);
      b += step * stride(1, axis);
      c += step * stride(2, axis);
      if (!wraps) break;
    }
    if (axis < 0) return;
  }
}
