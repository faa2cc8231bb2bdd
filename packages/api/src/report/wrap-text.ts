import { cellsOf, cropTo, isBlank, type Glyph } from "./glyphs.ts";

/** What to do with a word that is longer than a line: leave it for an ellipsis, or go on with it in the next line. */
export type LongWords = "keep" | "fold";

/** Where words begin and end; the blanks after a word are part of it, and those before the first too. */
function wordsOf(line: readonly Glyph[]): { start: number; end: number; cells: number }[] {
  const words: { start: number; end: number; cells: number }[] = [];
  let start = 0;
  while (start < line.length) {
    let index = start;
    while (isBlank(line[index])) index += 1;
    if (index === line.length) break;
    while (index < line.length && !isBlank(line[index])) index += 1;
    const cells = cellsOf(line.slice(start, index));
    while (isBlank(line[index])) index += 1;
    words.push({ start, end: index, cells });
    start = index;
  }
  return words;
}

/** Where a word that is too long is folded, counted from its start, and how much of it stands on its last line. */
function foldsOf(word: readonly Glyph[], width: number): { folds: number[]; rest: number } {
  const folds: number[] = [];
  let cells = 0;
  for (const [index, glyph] of word.entries()) {
    if (cells + glyph.width > width) {
      folds.push(index);
      cells = 0;
    }
    cells += glyph.width;
  }
  return { folds, rest: cells };
}

/** Where a line is divided. */
function divisionsOf(line: readonly Glyph[], width: number, longWords: LongWords): number[] {
  const divisions: number[] = [];
  let used = 0;
  for (const { start, end, cells } of wordsOf(line)) {
    const all = cellsOf(line.slice(start, end));
    if (width - used >= cells) {
      used += all;
      continue;
    }
    if (start > 0) divisions.push(start);
    used = all;
    if (cells > width && longWords === "fold") {
      const { folds, rest } = foldsOf(line.slice(start, end), width);
      divisions.push(...folds.map((fold) => start + fold));
      used = rest;
    }
  }
  return divisions;
}

/** Without the blanks that stand beyond the width, which is counted in code points here. */
function trimEnd(line: Glyph[], width: number): Glyph[] {
  let excess = line.reduce((sum, glyph) => sum + Array.from(glyph.text).length, 0) - width;
  let length = line.length;
  while (excess > 0 && isBlank(line[length - 1])) {
    excess -= 1;
    length -= 1;
  }
  return line.slice(0, length);
}

/**
 * Wraps a line between its words.
 *
 * @param line - The line.
 * @param width - How many cells there are, at least 1.
 * @param longWords - What becomes of a word that is longer than that.
 * @returns One line or more; only a kept long word is wider than `width`.
 */
export function wrapText(line: readonly Glyph[], width: number, longWords: LongWords): Glyph[][] {
  const divisions = [0, ...divisionsOf(line, width, longWords), line.length];
  const lines: Glyph[][] = [];
  for (let index = 1; index < divisions.length; index++) {
    const part = trimEnd(line.slice(divisions[index - 1], divisions[index]), width);
    lines.push(longWords === "fold" ? cropTo(part, width) : part);
  }
  return lines;
}
