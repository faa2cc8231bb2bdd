import { escapeText, formatPage } from "../../charts/page.ts";
import { suites } from "../bench-case.ts";
import type { Suite } from "../bench-case.ts";
import { formatChange } from "../changes.ts";
import type { Changes } from "../changes.ts";
import { isBusy } from "../machine.ts";
import { digits, formatRatio, formatScore, formatSpread } from "../report.ts";
import type { CaseResult, Report } from "../report.ts";
import { judge } from "../targets.ts";
import { drawSuite } from "./suite-chart.ts";

type Cell = string | { readonly text: string; readonly mood: "good" | "bad" | "" };

/**
 * A report as a page for people, which needs no other file: where it was measured, what must be reached, and each suite as a chart and a
 * table.
 *
 * @param report - What was measured.
 * @param changes - Since an older report, where one was given.
 */
export function formatReportPage(report: Report, changes?: Changes): string {
  const { scale, results } = report;
  const parts = ["<h1>rowan bench</h1>", environment(report)];
  if (scale === "quick") parts.push(note("Tiny sizes, to see that everything runs: these times say nothing."));
  if (isBusy(report.machine)) parts.push(note("Rough: other programs were at work on this machine."));
  if (changes) parts.push(changeTable(changes));
  if (scale === "full") parts.push(targetTable(results));
  for (const suite of suites) {
    const mine = results.filter((result) => result.suite === suite);
    if (mine.length > 0) parts.push(`<h2>${suite}</h2>`, suiteSection(suite, mine));
  }
  return formatPage("rowan bench", parts.join("\n"));
}

function note(text: string): string {
  return `<p class="note">${escapeText(text)}</p>`;
}

function table(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const cell = (one: Cell): string =>
    typeof one === "string" ? `<td>${escapeText(one)}</td>` : `<td class="${one.mood}">${escapeText(one.text)}</td>`;
  const heads = head.map((text) => `<th>${escapeText(text)}</th>`).join("");
  return `<table><thead><tr>${heads}</tr></thead><tbody>${rows.map((row) => `<tr>${row.map(cell).join("")}</tr>`).join("\n")}</tbody></table>`;
}

function environment({ date, machine, versions, missing }: Report): string {
  const lines: [string, string][] = [
    ["measured", date.slice(0, 16).replace("T", " ")],
    ["processor", `${machine.processor}, ${machine.threads} threads`],
    ["memory", `${(machine.memoryBytes / 2 ** 30).toFixed(1)} GiB`],
    ["system", `${machine.platform}, Node ${machine.node}`],
    ["commit", machine.commit ?? "unknown"],
    ["load before", String(machine.load)],
    ...Object.entries(versions).map(([peer, version]): [string, string] => [peer, version]),
    ...missing.map(({ name, why }): [string, string] => [`not compared: ${name}`, why]),
  ];
  return table(["", ""], lines);
}

function changeTable({ before, list, cautions }: Changes): string {
  const mood = { faster: "good", slower: "bad", smaller: "good", larger: "bad", "the same": "", "too few turns": "" } as const;
  const rows = list.map((change): Cell[] => [
    `${change.suite}: ${change.name}`,
    change.who,
    formatChange(change),
    { text: change.verdict, mood: mood[change.verdict] },
  ]);
  const care = cautions.map((caution) => note(`With care: ${caution}.`)).join("");
  return `<h2>Since ${escapeText(before)}</h2>${care}${table(["", "who", "new / old", ""], rows)}`;
}

function targetTable(results: readonly CaseResult[]): string {
  const rows = judge(results)
    .filter(({ worst }) => worst !== undefined)
    .map(({ target: { work, against, sense, must, aim, unit }, worst, verdict }): Cell[] => {
      const say = (value: number): string => (unit === "x" ? `${digits(value)}x` : `${digits(value)} ms`);
      const cell = worst ? formatSpread(worst.measured, say) : "";
      const mood = verdict.startsWith("short") ? "bad" : "good";
      return [work, against, must === undefined ? "" : `${sense} ${say(must)}`, say(aim), cell, { text: verdict, mood }];
    });
  return rows.length === 0
    ? ""
    : `<h2>What must be reached</h2>${table(["work", "against", "must", "aim", "measured, worst case", ""], rows)}`;
}

/** What a chart shows are multiples of the first one's time: who was timed alone has none. */
function chartOf(suite: Suite, timed: readonly CaseResult[]): string {
  const compared = timed.filter(({ measurements }) => measurements.length > 1);
  const alone = timed.filter(({ measurements }) => measurements.length === 1);
  if (compared.length === 0) {
    if (alone.length === 0) return "";
    const who = [...new Set(alone.flatMap(({ measurements }) => measurements.map(({ name }) => name)))].join(", ");
    return note(
      `No chart: it would show multiples of the first one's time, and nobody but ${who} was timed. To compare with all that is installed: rowan bench ${suite}, without --against.`,
    );
  }
  const rest =
    alone.length === 0 ? "" : note(`Not in the chart, since nobody else was timed: ${alone.map(({ name }) => name).join("; ")}.`);
  return `${drawSuite(compared)}${rest}`;
}

function suiteSection(suite: Suite, results: readonly CaseResult[]): string {
  const timed = results.filter(({ measurements }) => measurements.length > 0);
  const chart = chartOf(suite, timed);
  const times = timed.flatMap(({ name, measurements, unit = "rows" }) =>
    measurements.map(({ name: who, medianMs, p99Ms, rowsPerSecond, ratio }, i): Cell[] => [
      i === 0 ? name : "",
      who,
      medianMs.toFixed(3),
      p99Ms.toFixed(3),
      rowsPerSecond === undefined ? "" : `${digits(rowsPerSecond / 1e6)} M ${unit}/s`,
      ratio ? formatRatio(ratio) : "",
    ]),
  );
  const scores = results.flatMap(({ name, scores: found = [] }) =>
    found.map((score, i): Cell[] => [i === 0 ? name : "", score.name, formatScore(score)]),
  );
  return [
    chart,
    times.length === 0 ? "" : table(["", "who", "median ms", "p99 ms", "rate", "times the first one's"], times),
    scores.length === 0 ? "" : table(["", "", "found"], scores),
  ].join("\n");
}
