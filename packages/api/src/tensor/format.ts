import type { DType, TypedArray } from "./dtype.ts";
import type { Shape } from "./shape.ts";
import { sizeOf } from "./shape.ts";

/** NumPy's print options (numpy.set_printoptions), which the text follows. */
const precision = 8;
const threshold = 1000;
const edgeItems = 3;
const lineWidth = 75;

/**
 * Values as NumPy's `str` prints an array.
 *
 * @param data - The elements, row-major.
 * @param shape - Their extents.
 * @param dtype - Decides how an element looks.
 * @returns The text, with line breaks between rows.
 */
export function formatArray(data: TypedArray, shape: Shape, dtype: DType): string {
  if (data.length === 0 && shape.length > 0) return "[]";
  const summarise = data.length > threshold;
  const shown: number[] = [];
  collectShown(shape, summarise, (offset) => shown.push(data[offset] as number));
  const format = elementFormatter(shown, dtype);
  if (shape.length === 0) return format(data[0] as number).trim();

  const render = (axis: number, offset: number, indent: string): string => {
    const extent = shape[axis] as number;
    const width = sizeOf(shape.slice(axis + 1));
    const parts: string[] = [];
    for (const index of visibleIndices(extent, summarise)) {
      if (index < 0) parts.push("...");
      else if (axis === shape.length - 1) parts.push(format(data[offset + index] as number));
      else parts.push(render(axis + 1, offset + index * width, `${indent} `));
    }
    if (axis === shape.length - 1) return `[${wrapLine(parts, indent)}]`;
    const separator = `\n${"\n".repeat(shape.length - axis - 2)}${indent} `;
    return `[${parts.join(separator)}]`;
  };
  return render(0, 0, "");
}

function visibleIndices(extent: number, summarise: boolean): number[] {
  if (!summarise || extent <= 2 * edgeItems) return Array.from({ length: extent }, (_, index) => index);
  const head = Array.from({ length: edgeItems }, (_, index) => index);
  return [...head, -1, ...head.map((index) => extent - edgeItems + index)];
}

function collectShown(shape: Shape, summarise: boolean, visit: (offset: number) => void): void {
  const walk = (axis: number, offset: number): void => {
    if (axis === shape.length) {
      visit(offset);
      return;
    }
    const width = sizeOf(shape.slice(axis + 1));
    for (const index of visibleIndices(shape[axis] as number, summarise)) if (index >= 0) walk(axis + 1, offset + index * width);
  };
  walk(0, 0);
}

function wrapLine(parts: readonly string[], indent: string): string {
  let line = `${indent}[`;
  let text = "";
  parts.forEach((part, index) => {
    const room = lineWidth - (index === parts.length - 1 ? indent.length + 1 : 0);
    if (index > 0) {
      if (line.length + 1 + part.length > room) {
        text += `\n${indent} `;
        line = `${indent} `;
      } else {
        text += " ";
        line += " ";
      }
    }
    text += part;
    line += part;
  });
  return text;
}

/** One formatter for all shown elements, since they share a column width, as in NumPy's FloatingFormat. */
function elementFormatter(values: readonly number[], dtype: DType): (value: number) => string {
  if (dtype === "bool") {
    const width = values.includes(0) ? 5 : 4;
    return (value) => (value !== 0 ? "True" : "False").padStart(width);
  }
  const text = dtype === "float32" ? floatText(values) : String;
  const width = Math.max(...values.map((value) => text(value).length));
  return (value) => text(value).padStart(width);
}

function floatText(values: readonly number[]): (value: number) => string {
  const finite = values.filter((value) => Number.isFinite(value));
  const sizes = finite.filter((value) => value !== 0).map(Math.abs);
  const largest = Math.max(...sizes);
  const smallest = Math.min(...sizes);
  const special = (value: number): string => (Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf");
  if (sizes.length > 0 && (largest >= 1e8 || smallest < 1e-4 || largest / smallest > 1000)) {
    const digits = Math.max(...finite.map((value) => mantissaDigits(value)));
    return (value) => (Number.isFinite(value) ? exponentText(value, digits) : special(value));
  }
  const texts = finite.map(positionalText);
  const fraction = Math.max(0, ...texts.map((text) => text.length - text.indexOf(".") - 1));
  return (value) => {
    if (!Number.isFinite(value)) return special(value);
    const text = positionalText(value);
    return text.padEnd(text.indexOf(".") + 1 + fraction);
  };
}

/** The fewest digits that give the same float32 back. */
function shortest(value: number): string {
  for (let digits = 1; digits < 9; digits++) {
    const text = value.toExponential(digits - 1);
    if (Math.fround(Number(text)) === value) return text;
  }
  return value.toExponential(8);
}

function positionalText(value: number): string {
  const [mantissa = "0", exponent = "0"] = shortest(Math.abs(value)).split("e");
  const decimals = Math.min(precision, Math.max(0, mantissa.replace(".", "").length - 1 - Number(exponent)));
  const text = (value < 0 || Object.is(value, -0) ? "-" : "") + Math.abs(value).toFixed(decimals);
  return text.includes(".") ? text.replace(/0+$/, "") : `${text}.`;
}

function mantissaDigits(value: number): number {
  const [mantissa = "0"] = shortest(Math.abs(value)).split("e");
  return Math.min(precision, mantissa.replace(".", "").length - 1);
}

function exponentText(value: number, digits: number): string {
  const [mantissa = "0", exponent = "+0"] = Math.abs(value).toExponential(digits).split("e");
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  const dotted = mantissa.includes(".") ? mantissa : `${mantissa}.`;
  return `${sign}${dotted}e${exponent.slice(0, 1)}${exponent.slice(1).padStart(2, "0")}`;
}
