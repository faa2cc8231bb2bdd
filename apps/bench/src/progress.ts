import cliProgress from "cli-progress";
import { formatCount, formatSeconds } from "./format.ts";
import type { TextStream } from "./terminal.ts";

/** Shows how far a long piece of work is. */
export interface Progress {
  /**
   * Says that so many rows are done by now.
   *
   * @param done - How many.
   * @param part - Which part of the work that is, 0 to 1, where their number is not known.
   */
  update(done: number, part?: number): void;
  /** Takes the bar off the terminal. */
  stop(): void;
}

/** A log gets a line this often, in seconds. */
const logInterval = 5;

/**
 * Begins to show progress: a bar on a terminal, a line now and then in a log, and on a terminal that cannot go back in a line.
 *
 * @param total - How many rows there will be; undefined where that turns out at the end.
 * @param stream - Where to.
 * @param quiet - Shows nothing.
 * @param verb - What is being done.
 * @param unit - What is counted.
 * @param now - The clock, in seconds.
 */
export function startProgress(
  total: number | undefined,
  stream: TextStream,
  quiet: boolean,
  verb = "looking up",
  unit = "rows",
  now: () => number = seconds,
): Progress {
  if (quiet) return { update: () => undefined, stop: () => undefined };
  const start = now();
  const describe: Describe = (done, part) => {
    const took = Math.max(now() - start, 1e-9);
    const state = { rate: formatCount(done / took), left: done > 0 && part > 0 ? formatSeconds((took * (1 - part)) / part) : "?" };
    return {
      ...state,
      count: total === undefined ? formatCount(done) : `${formatCount(done)}${total > 0 ? ` of ${formatCount(total)}` : ""}`,
    };
  };
  const partOf = (done: number, part: number | undefined): number | undefined => (total ? done / total : part);
  return stream.isTTY === true && process.env["TERM"] !== "dumb"
    ? startBar(total, stream, describe, partOf, verb, unit)
    : startLines(total, stream, describe, partOf, unit, now);
}

type Describe = (done: number, part: number) => { rate: string; left: string; count: string };
type PartOf = (done: number, part: number | undefined) => number | undefined;

/** The longest bar, and the shortest that says more than the percentage does, in characters. */
const [longestBar, shortestBar] = [40, 6];
/** As wide as these two become. */
const [widestRate, widestTime] = ["99,999,999", "59 min 59 s"];

/** What a line of a terminal has room for: it is cut off at the edge, where the numbers are. */
function layOut(columns: number, total: number | undefined, verb: string, unit: string): { format: string; barsize: number } {
  const digits = formatCount(total ?? 999_999_999);
  const count = total === undefined ? digits : `${digits} of ${digits}`;
  const end = `{rate} ${unit}/s | {left} left`;
  for (const format of [`${verb} [{bar}] {percentage}% | {count} ${unit} | ${end}`, `${verb} [{bar}] {percentage}% | ${end}`]) {
    const widest = { bar: "", percentage: "100", count, rate: widestRate, left: widestTime };
    const words = Object.entries(widest).reduce((text, [name, value]) => text.replace(`{${name}}`, value), format);
    const barsize = Math.min(longestBar, columns - 1 - words.length);
    if (barsize >= shortestBar) return { format, barsize };
  }
  return { format: `{percentage}% {rate} ${unit}/s {left} left`, barsize: 0 };
}

function startBar(total: number | undefined, stream: TextStream, describe: Describe, partOf: PartOf, verb: string, unit: string): Progress {
  const bar = new cliProgress.SingleBar(
    {
      ...layOut(stream.columns ?? 80, total, verb, unit),
      stream: stream as NodeJS.WritableStream,
      hideCursor: true,
      // Ctrl-C is the command's own business.
      gracefulExit: false,
    },
    cliProgress.Presets.shades_classic,
  );
  bar.start(1, 0, describe(0, 0));
  return {
    update: (done, given) => {
      const part = partOf(done, given) ?? 0;
      bar.update(part, describe(done, part));
    },
    stop: () => bar.stop(),
  };
}

function startLines(
  total: number | undefined,
  stream: TextStream,
  describe: Describe,
  partOf: PartOf,
  unit: string,
  now: () => number,
): Progress {
  let last = now();
  return {
    update: (done, given) => {
      if (now() - last < logInterval || done === total) return;
      last = now();
      const part = partOf(done, given);
      const { rate, left, count } = describe(done, part ?? 0);
      stream.write(
        `${count} ${unit}${part === undefined ? "" : ` (${Math.floor(100 * part)}%)`}, ${rate} ${unit}/s${part === undefined ? "" : `, ${left} left`}\n`,
      );
    },
    stop: () => undefined,
  };
}

function seconds(): number {
  return performance.now() / 1000;
}
