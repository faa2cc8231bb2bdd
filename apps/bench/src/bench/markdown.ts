import { readFile, writeFile } from "node:fs/promises";
import { FileError } from "../failure.ts";
import { suites } from "./bench-case.ts";
import type { CaseResult, Report } from "./report.ts";
import { isBusy } from "./machine.ts";
import { digits, formatMachine, formatMemory, formatScore, formatSpread } from "./report.ts";
import { judge } from "./targets.ts";
import type { Outcome } from "./targets.ts";

const begin = "<!-- rowan bench: begin -->";
const end = "<!-- rowan bench: end -->";

/**
 * A report as Markdown: what must be reached, then each suite.
 *
 * @param report - What was measured.
 */
export function formatMarkdown(report: Report): string {
  const { date, machine, versions, results, missing, scale } = report;
  const parts = [`Measured ${date.slice(0, 10)}: ${formatMachine(machine)}.`];
  if (isBusy(machine))
    parts.push("**Rough**: other programs were at work on this machine. Quiet machines give other numbers, and smaller spreads.");
  if (Object.keys(versions).length > 0) parts.push(`Peers: ${Object.values(versions).join("; ")}.`);
  for (const { name, why, remedy } of missing) parts.push(`Not compared with ${name}: ${why}. ${remedy}`);
  if (scale === "quick") parts.push("Tiny sizes, to see that everything runs: these times say nothing.");
  else parts.push(targetTable(judge(results)));
  for (const suite of suites) {
    const mine = results.filter((result) => result.suite === suite);
    const timed = mine.filter(({ measurements }) => measurements.length > 0);
    const scored = mine.flatMap(({ name, scores = [] }) => scores.map((score) => [name, score.name, formatScore(score)]));
    if (mine.length > 0) parts.push(`### ${suite}`);
    if (timed.length > 0) parts.push(suiteTable(timed));
    if (scored.length > 0) parts.push(formatTable([["", "", "found"], ...scored]));
    for (const { name, measurements } of mine) {
      const memory = formatMemory(measurements);
      if (memory !== undefined) parts.push(`${name}: ${memory}.`);
    }
  }
  return `${parts.join("\n\n")}\n`;
}

/**
 * Puts text between the two marks of a file.
 *
 * @param path - A Markdown file with both marks.
 * @param text - What shall stand between them.
 * @throws FileError when a mark is not there.
 */
export async function replaceBetweenMarks(path: string, text: string): Promise<void> {
  const before = await readFile(path, "utf8");
  const from = before.indexOf(begin);
  const to = before.indexOf(end);
  if (from < 0 || to < from)
    throw new FileError(`${path} must have the lines "${begin}" and "${end}", where the tables go. Received: a file without them.`);
  await writeFile(path, `${before.slice(0, from + begin.length)}\n\n${text}\n${before.slice(to)}`);
}

function targetTable(outcomes: readonly Outcome[]): string {
  const lines = outcomes.map(({ target: { work, against, sense, must, aim, unit }, found, worst, verdict }) => {
    const say = (value: number): string => (unit === "x" ? digits(value) : `${value < 10 ? digits(value) : value.toFixed(0)} ms`);
    const all = found.map(({ measured }) => measured.median).sort((a, b) => a - b);
    const range = all.length > 1 ? `${say(all[0] as number)} to ${say(all.at(-1) as number)}; ` : "";
    const place = worst && all.length > 1 ? `worst at ${worst.name}: ` : "";
    const cell = worst ? `${range}${place}${formatSpread(worst.measured, say)}` : "";
    return [work, against, must === undefined ? "" : `${sense} ${say(must)}`, say(aim), cell, verdict];
  });
  return formatTable([["work", "against", "must", "aim", "measured", ""], ...lines]);
}

function suiteTable(results: readonly CaseResult[]): string {
  const names = [...new Set(results.flatMap(({ measurements }) => measurements.map(({ name }) => name)))];
  const lines = results.map(({ name, measurements }) => [
    name,
    ...names.map((who) => {
      const one = measurements.find((measurement) => measurement.name === who);
      return one ? `${digits(one.medianMs)} ms${one.ratio ? `, ${digits(one.ratio.median)}x` : ""}` : "";
    }),
  ]);
  return formatTable([["", ...names], ...lines]);
}

/** Columns of one width, as Prettier has them. */
function formatTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(3, ...rows.map((row) => (row[column] ?? "").length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] as number)).join(" | ")} |`;
  const [head = [], ...body] = rows;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...body.map(line)].join("\n");
}
