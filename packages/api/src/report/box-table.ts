import { blanks, cellsOf, cropTo, ellipsize, renderGlyphs, type Glyph } from "./glyphs.ts";
import { wrapText } from "./wrap-text.ts";

/** Where the text of a column stands. */
export type Alignment = "left" | "right" | "center";

/** One column of a boxed table. */
export interface BoxColumn {
  readonly header: readonly Glyph[];
  readonly align: Alignment;
  /** The width that is wished for, without the blanks beside the text. */
  readonly width: number;
}

/** A part of a line that is styled on its own. */
type Run = readonly Glyph[];

/** Python's `round`: halves to even. */
function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest === 0.5) return floor % 2 === 0 ? floor : floor + 1;
  return Math.round(value);
}

/** Takes the same from all columns, what cannot be divided from the later ones. */
function narrow(widths: readonly number[], excess: number): number[] {
  let left = excess;
  return widths.map((width, column) => {
    const taken = Math.min(width, roundHalfEven(left / (widths.length - column)));
    left -= taken;
    return width - taken;
  });
}

/** Gives each column its share of the room that is left, a wide one more. */
function widen(widths: readonly number[], room: number): number[] {
  let left = room;
  let total = widths.reduce((sum, width) => sum + width, 0);
  return widths.map((width) => {
    const given = Math.ceil((width * left) / total);
    left -= given;
    total -= width;
    return width + given;
  });
}

/**
 * The widths between the bars: a blank at each side of the text, and all together exactly as long as the line.
 *
 * @param wished - The widths of the texts.
 * @param length - The length of a line with its bars.
 * @returns One width a column.
 */
export function fitColumns(wished: readonly number[], length: number): number[] {
  const widths = wished.map((width) => width + 2);
  const excess = widths.reduce((sum, width) => sum + width, 0) - (length - wished.length - 1);
  return excess > 0 ? narrow(widths, excess) : widen(widths, -excess);
}

/** One line of a cell at its place between blanks. */
function alignLine(line: readonly Glyph[], width: number, align: Alignment, style: string): Glyph[] {
  let end = line.length;
  while (align !== "left" && end > 0 && line[end - 1]?.text === " ") end -= 1;
  const text = ellipsize(line.slice(0, end), width);
  const free = width - cellsOf(text);
  const before = align === "left" ? 0 : align === "right" ? free : Math.floor(free / 2);
  return [...blanks(before, style), ...text, ...blanks(free - before, style)];
}

/** The lines of a cell, each with a blank at both sides. A cell without room for text has none. */
function cellLines(cell: readonly Glyph[], width: number, align: Alignment, style: string): Run[][] {
  const room = width - 2;
  if (room < 1) return [];
  const side = blanks(1, style);
  return wrapText(cell, room, "keep").map((line) => [side, alignLine(line, room, align, style), side]);
}

/** The lines of a row. Short cells stand at the top of a row, those of the header at its bottom. */
function rowLines(
  cells: readonly (readonly Glyph[])[],
  columns: readonly BoxColumn[],
  widths: readonly number[],
  header: boolean,
): Run[][] {
  const style = header ? "1" : "";
  const bar: Run = [{ text: header ? "┃" : "│", width: 1, style: "" }];
  const blocks = columns.map((column, index) => cellLines(cells[index] ?? [], widths[index] ?? 0, column.align, style));
  const height = Math.max(1, ...blocks.map((block) => block.length));
  return Array.from({ length: height }, (_, row) => {
    const runs: Run[] = [bar];
    for (const [index, block] of blocks.entries()) {
      const line = block[header ? row - (height - block.length) : row];
      runs.push(...(line ?? [blanks(widths[index] ?? 0, style)]), bar);
    }
    return runs;
  });
}

/** A horizontal rule from its four glyphs. */
function rule(widths: readonly number[], [left, fill, middle, right]: readonly [string, string, string, string]): Run[] {
  const line = left + widths.map((width) => fill.repeat(width)).join(middle) + right;
  return [Array.from(line, (text) => ({ text, width: 1, style: "" }))];
}

/** A line as text, cut where the terminal ends. */
function renderLine(runs: readonly Run[], terminal: number, colors: boolean): string {
  let room = terminal;
  let text = "";
  for (const run of runs) {
    const fitting = cropTo(run, room);
    room -= cellsOf(fitting);
    text += renderGlyphs(fitting, colors);
  }
  return text;
}

/**
 * A table in a box, as the terminal library of Keras 3 draws it, with a rule between all rows.
 *
 * @param columns - The columns.
 * @param rows - The cells of each row.
 * @param length - The length of a line with its bars.
 * @param terminal - The width of the terminal; longer lines are cut there.
 * @param colors - Whether to write ANSI codes.
 * @returns The lines.
 */
export function boxTable(
  columns: readonly BoxColumn[],
  rows: readonly (readonly (readonly Glyph[])[])[],
  length: number,
  terminal: number,
  colors: boolean,
): string[] {
  const widths = fitColumns(
    columns.map((column) => column.width),
    length,
  );
  const lines: Run[][] = [rule(widths, ["┏", "━", "┳", "┓"])];
  const headers = columns.map((column) => column.header);
  lines.push(...rowLines(headers, columns, widths, true), rule(widths, ["┡", "━", "╇", "┩"]));
  for (const [index, row] of rows.entries()) {
    if (index > 0) lines.push(rule(widths, ["├", "─", "┼", "┤"]));
    lines.push(...rowLines(row, columns, widths, false));
  }
  lines.push(rule(widths, ["└", "─", "┴", "┘"]));
  return lines.map((runs) => renderLine(runs, terminal, colors));
}
