import { countOf } from "../count-of.ts";
import { InvalidArgumentError, NotBuiltError } from "../errors.ts";
import { formatShape } from "../tensor/shape.ts";
import type { LayerDescription, ModelDescription, ParameterTotals } from "./description.ts";
import { formatSize } from "./format-size.ts";
import { selectLayers } from "./layer-range.ts";
import type { SummaryOptions } from "./summary-options.ts";

/** After these a long cell goes on in the next line. */
const BREAKS = ["),", "},", "],", "',"];

/** A table under construction: where its columns end, and the lines so far. */
interface Table {
  readonly length: number;
  readonly ends: readonly number[];
  readonly lines: string[];
}

/** How many characters of a cell fit into one line. */
function roomFor(table: Table, column: number, depth: number): number {
  const last = column === table.ends.length - 1;
  const width = (table.ends[column] ?? 0) - (column === 0 ? 0 : (table.ends[column - 1] ?? 0));
  const room = width - (last ? 0 : 3) - (column === 0 ? depth : 0);
  if (room < 1) {
    throw new InvalidArgumentError(
      `Every column of a summary must have room for at least one character. Received: ${room} for column ${column}. ` +
        "Pass a larger `lineLength`, or `positions` that lie further apart.",
    );
  }
  return room;
}

/** How much of the rest of a cell the next line takes: up to a break, else all that fits. */
function takeFrom(rest: readonly string[], room: number): number {
  const fitting = rest.slice(0, room);
  for (let index = 0; index + 1 < fitting.length; index++) {
    if (BREAKS.includes(`${fitting[index]}${fitting[index + 1]}`)) return index + 2;
  }
  return room;
}

/** One row, over as many lines as its longest cell needs. */
function addRow(table: Table, cells: readonly string[], depth = 0): void {
  // Code points, not UTF-16 units: Python counts those.
  const rests = cells.map((cell) => Array.from(cell));
  const bars = "|".repeat(depth);
  while (rests.some((rest) => rest.length > 0)) {
    let line = `${bars} `;
    let width = depth + 1;
    for (const [column, rest] of rests.entries()) {
      const last = column === table.ends.length - 1;
      const taken = rest.splice(0, takeFrom(rest, roomFor(table, column, depth)));
      const gap = last ? 0 : 2;
      const end = (table.ends[column] ?? 0) - (last ? depth : 0);
      const padding = Math.max(gap, end - width - taken.length);
      line += taken.join("") + " ".repeat(padding);
      width += taken.length + padding;
    }
    table.lines.push(line + bars);
  }
}

/** A full line of one character, between the bars of the models around it. */
function addRule(table: Table, fill: string, depth = 0): void {
  const bars = "|".repeat(depth);
  table.lines.push(bars + fill.repeat(Math.max(0, table.length - 2 * depth)) + bars);
}

/** A layer, and below it the layers inside when they are wanted. */
function addLayer(table: Table, layer: LayerDescription, options: SummaryOptions, depth: number, lastInside: boolean): void {
  const shape = layer.outputShape === null ? "multiple" : formatShape(layer.outputShape);
  const cells = [`${layer.name} (${layer.className})`, shape, layer.built ? String(layer.parameters.count) : "0 (unused)"];
  if (options.showTrainable === true) cells.push(layer.trainable ? "Y" : "N");
  addRow(table, cells, depth);

  const inside = options.expandNested === true ? (layer.layers ?? []) : [];
  if (inside.length > 0) {
    addRule(table, "¯", depth + 1);
    for (const [index, child] of inside.entries()) addLayer(table, child, options, depth + 1, index === inside.length - 1);
    addRule(table, "¯", depth);
  }
  // The rule below the layers inside takes the place of the empty line.
  if (!lastInside && inside.length === 0) addRule(table, " ", depth);
}

/** One line of totals. */
function totalLine(label: string, totals: ParameterTotals): string {
  return `${label}: ${totals.count} (${formatSize(totals.bytes, "keras2")})`;
}

/**
 * The table of legacy Keras 2, as tf-keras 2.21 prints it.
 *
 * @param model - A built model.
 * @param options - `columns` and `colors` have no effect here.
 * @returns The text, every line ended.
 * @throws NotBuiltError when the model has no weights yet.
 * @throws InvalidArgumentError when a column is too narrow for a character.
 */
export function keras2Summary(model: ModelDescription, options: SummaryOptions): string {
  if (!model.built) {
    throw new NotBuiltError(
      `A model must be built before its Keras 2 summary. Received: model "${model.name}", not built. ` +
        'Call `build()`, give the first layer an input shape, pass data to the model, or use `{ style: "keras3" }`.',
    );
  }
  let length = options.lineLength ?? 65;
  let ends = [...(options.positions ?? [0.45, 0.85, 1])];
  if ((ends.at(-1) ?? 1) <= 1) ends = ends.map((position) => Math.trunc(length * position));
  const header = ["Layer (type)", "Output Shape", "Param #"];
  if (options.showTrainable === true) {
    length += 11;
    ends.push(length);
    header.push("Trainable");
  }
  if (ends.length !== header.length) {
    throw new InvalidArgumentError(
      `\`positions\` must have one entry for each of the three columns. Received: ${countOf(options.positions?.length ?? 0, "entry", "entries")}.`,
    );
  }

  const table: Table = { length, ends, lines: [`Model: "${model.name}"`] };
  addRule(table, "_");
  addRow(table, header);
  addRule(table, "=");
  for (const layer of selectLayers(model.layers, options.layerRange)) addLayer(table, layer, options, 0, false);
  addRule(table, "=");
  const { trainable, nonTrainable } = model;
  const total = { count: trainable.count + nonTrainable.count, bytes: trainable.bytes + nonTrainable.bytes };
  table.lines.push(
    totalLine("Total params", total),
    totalLine("Trainable params", trainable),
    totalLine("Non-trainable params", nonTrainable),
  );
  addRule(table, "_");
  return `${table.lines.join("\n")}\n`;
}
