/** How several operands are walked together: the fewest axes that tell it. */
export interface Layout {
  /** Extents, outermost first; at least one. */
  readonly dims: readonly number[];
  /** Strides in elements, one list an operand; 0 repeats an element. */
  readonly strides: readonly (readonly number[])[];
}

/**
 * Drops axes of extent 1 and joins axes that every operand walks without a gap.
 *
 * @param dims - Extents of the walk.
 * @param strides - One list of strides an operand, in elements, each as long as `dims`.
 * @returns A layout that visits the same elements in the same order. Its innermost strides are 0 or 1 where dense operands are broadcast.
 */
export function collapse(dims: readonly number[], strides: readonly (readonly number[])[]): Layout {
  const outDims: number[] = [];
  const outStrides: number[][] = strides.map(() => []);
  for (let axis = 0; axis < dims.length; axis++) {
    const extent = dims[axis] as number;
    if (extent === 1) continue;
    const last = outDims.length - 1;
    const joins =
      last >= 0 && strides.every((list, operand) => (outStrides[operand] as number[])[last] === (list[axis] as number) * extent);
    if (joins) outDims[last] = (outDims[last] as number) * extent;
    else outDims.push(extent);
    const place = joins ? last : last + 1;
    strides.forEach((list, operand) => ((outStrides[operand] as number[])[place] = list[axis] as number));
  }
  if (outDims.length === 0) {
    outDims.push(1);
    for (const list of outStrides) list.push(0);
  }
  return { dims: outDims, strides: outStrides };
}

/**
 * Strides of a dense operand that is broadcast to a shape.
 *
 * @param operand - The operand's own shape.
 * @param shape - The shape of the walk; the operand broadcasts to it.
 * @returns One stride for each axis of `shape`, 0 where the operand repeats.
 */
export function broadcastStrides(operand: readonly number[], shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(0);
  let stride = 1;
  for (let axis = 1; axis <= operand.length; axis++) {
    const extent = operand[operand.length - axis] as number;
    if (extent !== 1) strides[shape.length - axis] = stride;
    stride *= extent;
  }
  return strides;
}
