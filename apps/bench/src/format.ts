/**
 * A number with separators between thousands.
 *
 * @param value - Rounded to an integer.
 */
export function formatCount(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/**
 * A number of seconds as people say it: `"0.42 s"`, `"12.3 s"`, `"3 min 05 s"`.
 *
 * @param seconds - Not negative.
 */
export function formatSeconds(seconds: number): string {
  if (!Number.isFinite(seconds)) return "?";
  if (seconds < 10) return `${seconds.toFixed(2)} s`;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
}

/**
 * Lines of cells under each other; the first column to the left, numbers to the right.
 *
 * @param rows - The first one is the head.
 */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] as number) : cell.padStart(widths[column] as number)))
      .join("  ")
      .trimEnd();
  return `${rows.map(line).join("\n")}\n`;
}

/**
 * A number of things with its noun and verb: `"1 word is"`, `"1,200 words are"`.
 *
 * @param count - How many.
 * @param one - For one of them.
 * @param many - For others.
 */
export function countOf(count: number, one: string, many: string): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}
