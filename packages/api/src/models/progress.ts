import { InvalidArgumentError, describeValue } from "../errors.ts";
import { currentPrinter } from "../printer.ts";
import type { Printer } from "../printer.ts";
import { ProgressReport, checkStyle } from "../report/index.ts";
import type { NamedValues, ReportStyle } from "../report/index.ts";

/** What is printed while a model works. */
export interface ProgressOptions {
  /** 0 nothing, 1 a bar, 2 one line an epoch; `"auto"` is 1. */
  readonly verbose?: 0 | 1 | 2 | "auto";
  /** Whose look; `"keras2"` when left out. */
  readonly style?: ReportStyle;
}

/** What is printed, checked and with its defaults. */
export interface ProgressSettings {
  readonly verbose: 0 | 1 | 2;
  readonly style: ReportStyle;
}

/** What is printed, and where. */
interface Shown {
  readonly report: ProgressReport;
  readonly printer: Printer;
}

/** The progress of one `fit`, `evaluate` or `predict`, printed. */
export class Progress {
  readonly #verbose: 0 | 1 | 2;
  /** Undefined where nothing is printed: the first look at its standard output makes Node load all of its streams. */
  readonly #shown: Shown | undefined;

  /**
   * @param settings - `verbose`, `style`.
   * @param epochs - How many epochs there will be.
   * @param steps - How many steps an epoch has.
   */
  constructor({ verbose, style }: ProgressSettings, epochs: number, steps: number) {
    this.#verbose = verbose;
    if (verbose === 0) return;
    const printer = currentPrinter();
    this.#shown = { printer, report: new ProgressReport({ style, verbose, epochs, steps, dynamic: true, colors: printer.colors }) };
  }

  /** Begins an epoch, counted from 0. */
  begin(epoch: number): void {
    if (this.#shown) print(this.#shown.printer, this.#shown.report.begin(epoch, now()));
  }

  /** Counts a step. Only a terminal sees the bar grow; a log gets each line once, when it is complete. */
  step(done: number, values: NamedValues): void {
    if (!this.#shown || this.#verbose !== 1) return;
    const { report, printer } = this.#shown;
    const text = report.step(done, values, now());
    if (printer.dynamic) print(printer, text);
  }

  /** Ends an epoch. */
  end(values: NamedValues): void {
    if (this.#shown) print(this.#shown.printer, this.#shown.report.end(values, now()));
  }
}

function print(printer: Printer, text: string): void {
  const shown = printer.dynamic ? text : text.replace(/[\b\r]/g, "").replace(/ +$/gm, "");
  if (shown !== "") printer.write(shown);
}

/**
 * Checks what shall be printed.
 *
 * @param options - `verbose`, `style`.
 * @returns Both.
 * @throws InvalidArgumentError for a `verbose` that is none of its values, UnknownNameError for such a `style`.
 */
export function checkProgress({ verbose = "auto", style: given = "keras2" }: ProgressOptions): ProgressSettings {
  const style = checkStyle(given);
  if (verbose === "auto") return { verbose: 1, style };
  const known = ([0, 1, 2] as const).find((level) => level === verbose);
  if (known !== undefined) return { verbose: known, style };
  throw new InvalidArgumentError(`\`verbose\` must be 0, 1, 2 or "auto". Received: verbose=${describeValue(verbose)}.`);
}

function now(): number {
  const { performance } = globalThis as { performance?: { now(): number } };
  return (performance?.now() ?? Date.now()) / 1000;
}
