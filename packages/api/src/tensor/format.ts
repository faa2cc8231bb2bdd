/** Arrays as text, with NumPy's layout: numpy/_core/arrayprint.py (_formatArray). */
import type { DType, TypedArray } from "./dtype.ts";
import { elementFormatter, formatScalar } from "./format-element.ts";
import type { Shape } from "./shape.ts";
import { sizeOf, stridesOf } from "./shape.ts";

/** NumPy's print options (numpy.set_printoptions). */
const threshold = 1000;
const edgeItems = 3;
const lineWidth = 75;

/** Stands among the indices of an axis for those that are left out. */
const gap = -1;

/**
 * Values as NumPy's `str` prints an array.
 *
 * @param data - The elements, row-major.
 * @param shape - Their extents.
 * @param dtype - Decides how an element looks.
 * @returns The text, with line breaks between rows.
 */
export function formatArray(data: TypedArray, shape: Shape, dtype: DType): string {
  if (shape.length === 0) return formatScalar(data[0] as number, dtype);
  if (data.length === 0) return "[]";
  const strides = stridesOf(shape);
  const visible = shape.map((extent) => visibleIndices(extent, sizeOf(shape) > threshold));
  const format = elementFormatter(shownElements(data, strides, visible), dtype);

  const render = (axis: number, offset: number, indent: string, width: number): string => {
    const indices = visible[axis] as readonly number[];
    const stride = strides[axis] as number;
    const parts = indices.map((index) => {
      if (index === gap) return "...";
      const at = offset + index * stride;
      return axis === shape.length - 1 ? format(data[at] as number) : render(axis + 1, at, `${indent} `, width - 1);
    });
    if (axis === shape.length - 1) return `[${wrapLine(parts, indent, width - 1)}]`;
    return `[${parts.join(`${"\n".repeat(shape.length - axis - 1)}${indent}`)}]`;
  };
  return render(0, 0, " ", lineWidth);
}

function visibleIndices(extent: number, summarise: boolean): readonly number[] {
  if (!summarise || extent <= 2 * edgeItems) return Array.from({ length: extent }, (_, index) => index);
  const head = Array.from({ length: edgeItems }, (_, index) => index);
  return [...head, gap, ...head.map((index) => extent - edgeItems + index)];
}

function shownElements(data: TypedArray, strides: readonly number[], visible: readonly (readonly number[])[]): number[] {
  let offsets = [0];
  visible.forEach((indices, axis) => {
    const shown = indices.filter((index) => index !== gap);
    offsets = offsets.flatMap((offset) => shown.map((index) => offset + index * (strides[axis] as number)));
  });
  return offsets.map((offset) => data[offset] as number);
}

/** Puts words into lines; every line but the first starts with the indent, and room is kept for a bracket at its end. */
function wrapLine(words: readonly string[], indent: string, width: number): string {
  const lines: string[] = [];
  let line = indent;
  words.forEach((word, index) => {
    if (line.length + word.length > width && line.length > indent.length) {
      lines.push(line.trimEnd());
      line = indent;
    }
    line += index === words.length - 1 ? word : `${word} `;
  });
  return [...lines, line].join("\n").slice(indent.length);
}
