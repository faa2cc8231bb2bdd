import { formatTable } from "../format.ts";
import { FileError } from "../failure.ts";
import { randomNumbers } from "./data.ts";
import type { Measurement } from "./measure.ts";
import { formatRatio } from "./report.ts";
import type { Report } from "./report.ts";
import { quantile } from "./statistics.ts";
import type { Spread } from "./statistics.ts";

/** What has become of one measurement, or of one size. */
export interface Change {
  readonly suite: string;
  readonly name: string;
  readonly who: string;
  readonly what: "time" | "size";
  /** The new time or size divided by the old one; of a time, `low` and `high` are where it lies in 99 of 100 runs of the same noise. */
  readonly ratio: Spread;
  readonly verdict: "faster" | "slower" | "the same" | "too few turns" | "smaller" | "larger";
}

/** What has become of a report's measurements since an older one. */
export interface Changes {
  readonly before: string;
  readonly list: readonly Change[];
  /** Why all of it is to be taken with care. */
  readonly cautions: readonly string[];
}

/** Runs on one machine differ by this much though nothing was changed: where memory came to lie, for one, is the same within a run. */
const betweenRuns = 0.05;

/** With fewer turns on either side nothing is said of their noise. */
const fewestTurns = 3;

/** How often turns are drawn anew. */
const draws = 2000;

/**
 * Compares what two reports measured. A verdict is given only where the whole interval of the quotient of medians lies beyond what runs
 * differ by anyway; the interval comes from drawing the turns of both sides anew, many times. Sizes have no noise.
 *
 * @param before - The older report.
 * @param after - The newer one.
 * @throws FileError when they have no measurement in common.
 */
export function compareReports(before: Report, after: Report): Changes {
  const list = after.results.flatMap(({ suite, name, measurements, scores = [] }): Change[] => {
    const old = before.results.find((result) => result.suite === suite && result.name === name);
    const times = measurements.flatMap((measurement): Change[] => {
      const other = old?.measurements.find(({ name: who }) => who === measurement.name);
      return other ? [{ suite, name, who: measurement.name, what: "time", ...judge(other, measurement) }] : [];
    });
    const sizes = scores.flatMap(({ name: who, values: [now], unit }): Change[] => {
      const [size] = unit === "bytes" ? (old?.scores?.find((score) => score.name === who)?.values ?? []) : [];
      return size === undefined || now === undefined ? [] : [{ suite, name, who, what: "size", ...weigh(size, now) }];
    });
    return [...times, ...sizes];
  });
  if (list.length === 0) throw new FileError("the two reports must have cases in common. Received: none that both have measured.");
  const cautions: string[] = [];
  const [a, b] = [before.machine, after.machine];
  if (a.processor !== b.processor || a.threads !== b.threads) cautions.push(`another machine: ${a.processor} before, ${b.processor} now`);
  if (a.node !== b.node) cautions.push(`another Node: ${a.node} before, ${b.node} now`);
  if (before.scale === "quick" || after.scale === "quick") cautions.push("tiny sizes: their times say nothing");
  if (Math.max(a.load, b.load) > 1) cautions.push("other programs were at work");
  return { before: `${before.date.slice(0, 16)}${a.commit === undefined ? "" : `, commit ${a.commit}`}`, list, cautions };
}

function judge(before: Measurement, after: Measurement): Pick<Change, "ratio" | "verdict"> {
  const [old, now] = [before.turnMs, after.turnMs];
  const ratio = resample(old, now);
  if (Math.min(old.length, now.length) < fewestTurns) return { ratio, verdict: "too few turns" };
  if (ratio.low > 1 + betweenRuns) return { ratio, verdict: "slower" };
  return { ratio, verdict: ratio.high < 1 / (1 + betweenRuns) ? "faster" : "the same" };
}

function weigh(size: number, now: number): Pick<Change, "ratio" | "verdict"> {
  const ratio = { median: now / size, low: now / size, high: now / size, turns: 1 };
  return { ratio, verdict: now < size ? "smaller" : now > size ? "larger" : "the same" };
}

/** The quotient of two medians and its interval, by drawing both sides' turns anew (bootstrap, percentile method). */
function resample(old: readonly number[], now: readonly number[]): Spread {
  const random = randomNumbers(0x2545f491);
  const draw = (values: readonly number[]): number => middle(values.map(() => values[Math.floor(random() * values.length)] as number));
  const ratios = Array.from({ length: draws }, () => draw(now) / draw(old));
  return {
    median: middle(now) / middle(old),
    low: quantile(ratios, 0.005),
    high: quantile(ratios, 0.995),
    turns: Math.min(old.length, now.length),
  };
}

/** The median; of two in the middle their mean, so that drawing anew is not biased upwards. */
function middle(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length / 2;
  return ((sorted[Math.ceil(half) - 1] as number) + (sorted[Math.floor(half)] as number)) / 2;
}

/**
 * Changes as a table.
 *
 * @param changes - What was compared.
 */
export function formatChanges({ before, list, cautions }: Changes): string {
  const lines = list.map((change) => [`${change.suite}: ${change.name}`, change.who, formatChange(change), change.verdict]);
  const care = cautions.map((caution) => `With care: ${caution}.\n`).join("");
  return `Since ${before}:\n${care}${formatTable([["", "who", "new / old", ""], ...lines])}${summarise(list)}\n`;
}

/** How many of each verdict, of times and of sizes, whichever there are. */
function summarise(list: readonly Change[]): string {
  const [times, sizes] = (["time", "size"] as const).map((wanted) => list.filter(({ what }) => what === wanted)) as [Change[], Change[]];
  const count = (of: readonly Change[], wanted: Change["verdict"]): string =>
    `${of.filter(({ verdict }) => verdict === wanted).length} ${wanted}`;
  const parts: string[] = [];
  if (times.length > 0)
    parts.push(`times: ${count(times, "faster")}, ${count(times, "slower")}, ${count(times, "the same")} within the noise`);
  if (sizes.length > 0) parts.push(`sizes: ${count(sizes, "smaller")}, ${count(sizes, "larger")}, ${count(sizes, "the same")}`);
  return parts.join("; ");
}

/**
 * A quotient of times with its spread, or of sizes, which have none.
 *
 * @param change - Which.
 */
export function formatChange({ what, ratio }: Change): string {
  return what === "size" ? `${ratio.median.toFixed(4)}x` : formatRatio(ratio);
}
