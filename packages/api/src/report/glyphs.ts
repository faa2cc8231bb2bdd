/**
 * Text as a terminal shows it: characters that take one cell, two, or none. Widths follow Unicode 17, as the library
 * that draws the Keras 3 table has them.
 */

/** What stands in one place: a character with the marks that belong to it. */
export interface Glyph {
  readonly text: string;
  /** How many cells it takes: 0, 1 or 2. */
  readonly width: number;
  /** Its ANSI codes, such as `1;38;5;34`; empty for plain text. */
  readonly style: string;
}

/** First and last code points that take two cells, besides emoji. */
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2329, 0x232a],
  [0x2630, 0x2637],
  [0x268a, 0x268f],
  [0x2e80, 0x303e],
  [0x3041, 0x33ff],
  [0x3400, 0xa48c],
  [0xa490, 0xa4c6],
  [0xa960, 0xa97c],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe10, 0xfe19],
  [0xfe30, 0xfe6b],
  [0xff01, 0xff60],
  [0xffe0, 0xffe6],
  [0x16fe0, 0x18d72],
  [0x1aff0, 0x1b2fb],
  [0x1d300, 0x1d376],
  [0x1f200, 0x1f265],
  [0x20000, 0x3fffd],
];

/** Marks, control characters, invisible separators, skin tones, and the later letters of a Hangul syllable. */
const NO_WIDTH = /^[\p{M}\p{Cf}\p{Cc}\p{Zl}\p{Zp}\p{Emoji_Modifier}\u1160-\u11ff\u3164\ud7b0-\ud7fb\uffa0]$/u;
/** Format characters that are seen all the same. */
const SEEN = /^[\u00ad\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u{110bd}\u{110cd}]$/u;
const EMOJI = /^\p{Emoji_Presentation}$/u;
const MAYBE_EMOJI = /^\p{Emoji}$/u;
const JOINER = "\u200d";
const AS_EMOJI = "\ufe0f";

/** How many cells one code point takes. */
function widthOf(character: string): number {
  const code = character.codePointAt(0) ?? 0;
  if (code >= 0x20 && code < 0x7f) return 1;
  if (NO_WIDTH.test(character) && !SEEN.test(character)) return 0;
  return EMOJI.test(character) || WIDE.some(([first, last]) => code >= first && code <= last) ? 2 : 1;
}

/**
 * Splits text into glyphs.
 *
 * @param text - One line of text.
 * @param style - The ANSI codes of all of it.
 * @returns The glyphs, in order.
 */
export function toGlyphs(text: string, style = ""): Glyph[] {
  const glyphs: Glyph[] = [];
  let joined = false;
  for (const character of text) {
    const before = glyphs.at(-1);
    const width = widthOf(character);
    // A mark after a blank stands for itself, since a line may be divided between them.
    const alone = before === undefined || (width > 0 && !joined) || (isBlank(before) && !joined);
    joined = character === JOINER;
    if (alone) {
      glyphs.push({ text: character, width, style });
      continue;
    }
    const grows = character === AS_EMOJI && before.width === 1 && MAYBE_EMOJI.test(before.text) ? 1 : 0;
    glyphs[glyphs.length - 1] = { ...before, text: before.text + character, width: before.width + grows };
  }
  return glyphs;
}

/**
 * Whether a line can be divided after a glyph.
 *
 * @param glyph - A glyph, or nothing.
 * @returns True for white space.
 */
export function isBlank(glyph: Glyph | undefined): boolean {
  return glyph !== undefined && /^\s$/u.test(glyph.text);
}

/**
 * How many cells a line takes.
 *
 * @param glyphs - The line.
 * @returns The sum of the widths.
 */
export function cellsOf(glyphs: readonly Glyph[]): number {
  return glyphs.reduce((sum, glyph) => sum + glyph.width, 0);
}

/**
 * As many glyphs as fit; half of a wide one becomes a blank.
 *
 * @param glyphs - A line.
 * @param cells - How many cells there are.
 * @returns The start of the line.
 */
export function cropTo(glyphs: readonly Glyph[], cells: number): Glyph[] {
  const kept: Glyph[] = [];
  let room = cells;
  if (cells <= 0) return kept;
  for (const glyph of glyphs) {
    if (glyph.width > room) {
      if (room > 0) kept.push({ text: " ", width: 1, style: glyph.style });
      break;
    }
    kept.push(glyph);
    room -= glyph.width;
  }
  return kept;
}

/**
 * The line cut to its width, with an ellipsis where something is missing.
 *
 * @param glyphs - A line.
 * @param cells - How many cells there are, at least 1.
 * @returns A line of at most so many cells.
 */
export function ellipsize(glyphs: readonly Glyph[], cells: number): Glyph[] {
  if (cellsOf(glyphs) <= cells) return [...glyphs];
  const kept = cropTo(glyphs, cells - 1);
  // The ellipsis looks like the glyph whose place it takes.
  return [...kept, { text: "…", width: 1, style: glyphs[kept.length]?.style ?? "" }];
}

/**
 * Blank cells, to fill a line up.
 *
 * @param count - How many.
 * @param style - Their ANSI codes.
 * @returns So many glyphs; none when `count` is negative.
 */
export function blanks(count: number, style = ""): Glyph[] {
  return Array.from({ length: Math.max(0, count) }, () => ({ text: " ", width: 1, style }));
}

/**
 * A line as text with ANSI codes; glyphs of one style share them.
 *
 * @param glyphs - The line.
 * @param colors - Whether to write the codes at all.
 * @returns The text.
 */
export function renderGlyphs(glyphs: readonly Glyph[], colors: boolean): string {
  let text = "";
  let open = "";
  for (const { text: shown, style } of glyphs) {
    if (colors && style !== open) {
      if (open !== "") text += "\x1b[0m";
      if (style !== "") text += `\x1b[${style}m`;
      open = style;
    }
    text += shown;
  }
  return open === "" ? text : `${text}\x1b[0m`;
}
