import cliProgress from "cli-progress";
import { formatCount, formatSeconds } from "./format.ts";
import type { TextStream } from "./terminal.ts";

/** Shows how far a long piece of work is. */
export interface Progress {
  /** Says that so many rows are done by now. */
  update(done: number): void;
  /** Takes the bar off the terminal. */
  stop(): void;
}

/** A log gets a line this often, in seconds. */
const logInterval = 5;

/**
 * Begins to show progress: a bar on a terminal, a line now and then in a log.
 *
 * @param total - How many rows there will be.
 * @param stream - Where to.
 * @param quiet - Shows nothing.
 * @param verb - What is being done.
 * @param unit - What is counted.
 * @param now - The clock, in seconds.
 */
export function startProgress(
  total: number,
  stream: TextStream,
  quiet: boolean,
  verb = "looking up",
  unit = "rows",
  now: () => number = seconds,
): Progress {
  if (quiet) return { update: () => undefined, stop: () => undefined };
  const start = now();
  const state = (done: number): { rate: string; left: string } => {
    const rate = done / Math.max(now() - start, 1e-9);
    return { rate: formatCount(rate), left: done > 0 ? formatSeconds((total - done) / rate) : "?" };
  };
  return stream.isTTY === true ? startBar(total, stream, state, verb, unit) : startLines(total, stream, state, unit, now);
}

type Describe = (done: number) => { rate: string; left: string };

function startBar(total: number, stream: TextStream, state: Describe, verb: string, unit: string): Progress {
  const bar = new cliProgress.SingleBar(
    {
      format: `${verb} [{bar}] {percentage}% | {value}/{total} ${unit} | {rate} ${unit}/s | {left} left`,
      formatValue: (value, _options, type) => (type === "value" || type === "total" ? formatCount(value) : String(value)),
      stream: stream as NodeJS.WritableStream,
      hideCursor: true,
      // Ctrl-C is the command's own business.
      gracefulExit: false,
    },
    cliProgress.Presets.shades_classic,
  );
  bar.start(total, 0, state(0));
  return { update: (done) => bar.update(done, state(done)), stop: () => bar.stop() };
}

function startLines(total: number, stream: TextStream, state: Describe, unit: string, now: () => number): Progress {
  let last = now();
  return {
    update: (done) => {
      if (now() - last < logInterval || done === total) return;
      last = now();
      const { rate, left } = state(done);
      stream.write(
        `${formatCount(done)} of ${formatCount(total)} ${unit} (${Math.floor((100 * done) / total)}%), ${rate} ${unit}/s, ${left} left\n`,
      );
    },
    stop: () => undefined,
  };
}

function seconds(): number {
  return performance.now() / 1000;
}
