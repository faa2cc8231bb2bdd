import { countOf } from "../count-of.ts";
import { InvalidArgumentError } from "../errors.ts";
import type { PartialShape } from "../tensor/shape.ts";
import { boxTable, type Alignment, type BoxColumn } from "./box-table.ts";
import type { LayerDescription, ModelDescription, ParameterTotals } from "./description.ts";
import { formatGrouped } from "./format-number.ts";
import { formatSize } from "./format-size.ts";
import { renderGlyphs, toGlyphs, type Glyph } from "./glyphs.ts";
import { selectLayers } from "./layer-range.ts";
import type { SummaryOptions } from "./summary-options.ts";
import { wrapText } from "./wrap-text.ts";

const BOLD = "1";
const NUMBER = "38;5;34";
const NONE = "38;5;45";
const CLASS = "38;5;33";
const TRAINED = "1;38;5;34";
const FROZEN = "1;91";

/** The smallest column that Keras accepts. */
const LEAST_WIDTH = 4;

const number = (value: number): Glyph[] => toGlyphs(formatGrouped(value), NUMBER);

/** `(None, 2, 4)`. Unlike Python, Keras 3 writes `(3)` for one extent, and no separators of thousands in a shape. */
function shapeCell(shape: PartialShape | null): Glyph[] {
  if (shape === null) return toGlyphs("?");
  const extents = shape.map((extent) => (extent === null ? toGlyphs("None", NONE) : toGlyphs(String(extent), NUMBER)));
  const inside = extents.flatMap((extent, axis) => (axis === 0 ? extent : [...toGlyphs(", "), ...extent]));
  return [...toGlyphs("("), ...inside, ...toGlyphs(")")];
}

/** Whether a layer is trained; a dash where it has nothing to train. */
function trainableCell(layer: LayerDescription): Glyph[] {
  if (layer.parameters.count === 0) return toGlyphs("-", BOLD);
  return layer.trainable ? toGlyphs("Y", TRAINED) : toGlyphs("N", FROZEN);
}

/** The row of a layer, and below it those of the layers inside when they are wanted. */
function layerRows(layer: LayerDescription, options: SummaryOptions, depth: number): Glyph[][][] {
  const prefix = depth === 0 ? "" : `${"   ".repeat(depth)}└ `;
  const name = [...toGlyphs(`${prefix}${layer.name} (`), ...toGlyphs(layer.className, CLASS), ...toGlyphs(")")];
  const parameters = layer.built ? number(layer.parameters.count) : [...number(0), ...toGlyphs(" (unbuilt)")];
  const row = [name, shapeCell(layer.outputShape), parameters];
  if (options.showTrainable === true) row.push(trainableCell(layer));
  const inside = options.expandNested === true ? (layer.layers ?? []) : [];
  return [row, ...inside.flatMap((child) => layerRows(child, options, depth + 1))];
}

/** The columns at their nominal widths. */
function columnsFor(options: SummaryOptions, length: number): BoxColumn[] {
  const headers: [string, Alignment][] = [
    ["Layer (type)", "left"],
    ["Output Shape", "left"],
    ["Param #", "right"],
  ];
  let ends = options.positions ?? [0.45, 0.8, 1];
  if (options.showTrainable === true) {
    headers.push(["Trainable", "center"]);
    ends = [...ends.map((end) => end * 0.9), 1];
  }
  if (ends.length !== headers.length) {
    throw new InvalidArgumentError(
      `\`positions\` must have one entry for each of the three columns. Received: ${countOf(options.positions?.length ?? 0, "entry", "entries")}.`,
    );
  }
  let start = 0;
  return headers.map(([header, align], index) => {
    const width = Math.trunc((ends[index] ?? 1) * length) - start;
    if (width < LEAST_WIDTH) {
      throw new InvalidArgumentError(
        `Insufficient console width to print summary: every column needs ${LEAST_WIDTH} characters. ` +
          `Received: ${width} for column "${header}" of a line of ${length}. Pass a larger \`columns\` or \`lineLength\`.`,
      );
    }
    start += width;
    return { header: toGlyphs(header, BOLD), align, width };
  });
}

/** One line of totals. */
function totalLine(label: string, totals: ParameterTotals): Glyph[] {
  return [...toGlyphs(` ${label}: `, BOLD), ...number(totals.count), ...toGlyphs(` (${formatSize(totals.bytes, "keras3")})`)];
}

/**
 * The table of Keras 3, as Keras 3.15 prints it to a terminal, or with `colors: false` to a file.
 *
 * @param model - A model, built or not.
 * @param options - `columns` is the width of the terminal; a table that is longer is cut there.
 * @returns The text, every line ended.
 * @throws InvalidArgumentError when a column is narrower than four characters.
 */
export function keras3Summary(model: ModelDescription, options: SummaryOptions): string {
  const { columns: terminal = 80, colors = false } = options;
  const length = options.lineLength ?? Math.min(options.showTrainable === true ? 100 : 88, terminal - 4);
  const write = (line: Glyph[]): string[] => wrapText(line, terminal, "fold").map((part) => renderGlyphs(part, colors));

  const rows = selectLayers(model.layers, options.layerRange).flatMap((layer) => layerRows(layer, options, 0));
  const { trainable, nonTrainable, optimizer } = model;
  const count = trainable.count + nonTrainable.count + (optimizer?.count ?? 0);
  const bytes = trainable.bytes + nonTrainable.bytes + (optimizer?.bytes ?? 0);
  const lines = [
    ...write(toGlyphs(`Model: "${model.name}"`, BOLD)),
    ...boxTable(columnsFor(options, length), rows, length, terminal, colors),
    ...write(totalLine("Total params", { count, bytes })),
    ...write(totalLine("Trainable params", trainable)),
    ...write(totalLine("Non-trainable params", nonTrainable)),
  ];
  if (optimizer !== undefined) lines.push(...write(totalLine("Optimizer params", optimizer)));
  return `${lines.join("\n")}\n`;
}
