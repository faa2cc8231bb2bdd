import { checkOptions } from "../check-options.ts";
import { epochHeader } from "./epoch-header.ts";
import { orderValues } from "./order-values.ts";
import { ProgressBar } from "./progress-bar.ts";
import type { NamedValues } from "./progress-state.ts";
import type { ReportStyle } from "./report-style.ts";

/** What a report on a whole `fit`, `evaluate` or `predict` needs to know. */
export interface ProgressReportOptions {
  /** Whose look. */
  readonly style: ReportStyle;
  /** 0 prints nothing, 1 a bar, 2 one line an epoch. */
  readonly verbose: 0 | 1 | 2;
  /** How many epochs; 1 for `evaluate` and `predict`. */
  readonly epochs: number;
  /** How many steps an epoch has, `null` when that is not known before the first has ended. */
  readonly steps: number | null;
  /** Whether the output can go back to the start of a line. */
  readonly dynamic: boolean;
  /** Whether the output understands ANSI colours. */
  readonly colors: boolean;
}

const optionNames = [
  "style",
  "verbose",
  "epochs",
  "steps",
  "dynamic",
  "colors",
] as const satisfies readonly (keyof ProgressReportOptions)[];

/**
 * The text of a whole `fit`, `evaluate` or `predict`: the headers and the bars of its epochs. Like a bar it prints
 * nothing and has no clock.
 */
export class ProgressReport {
  private readonly options: ProgressReportOptions;
  private steps: number | null;
  private seen = 0;
  private bar: ProgressBar | undefined;

  /**
   * Begins a report; nothing is written yet.
   *
   * @param options - How it looks and what it is about.
   * @throws InvalidArgumentError for an option that does not exist.
   */
  constructor(options: ProgressReportOptions) {
    checkOptions("ProgressReport", options, '{ style: "keras2", epochs: 1 }', optionNames);
    this.options = options;
    this.steps = options.steps;
  }

  /**
   * Begins an epoch.
   *
   * @param epoch - The epoch, from 0; 0 for `evaluate` and `predict`.
   * @param nowSeconds - The time, in seconds.
   * @returns What to write: the header, where there is one.
   */
  begin(epoch: number, nowSeconds: number): string {
    this.seen = 0;
    this.bar = this.newBar(nowSeconds);
    return this.options.verbose === 0 ? "" : epochHeader(epoch, this.options.epochs);
  }

  /**
   * Counts a step.
   *
   * @param done - How many steps of this epoch are done.
   * @param values - The values so far, in the order in which they were compiled.
   * @param nowSeconds - The time, in seconds.
   * @returns What to write.
   */
  step(done: number, values: NamedValues, nowSeconds: number): string {
    this.seen = done;
    this.bar ??= this.newBar(nowSeconds);
    if (this.options.verbose !== 1) return "";
    return this.bar.update(done, orderValues(this.options.style, values), nowSeconds, false);
  }

  /**
   * Ends an epoch. From here on the number of steps is known.
   *
   * @param values - The values of the epoch, those of the validation with names that begin with `val_`.
   * @param nowSeconds - The time, in seconds.
   * @returns What to write.
   */
  end(values: NamedValues, nowSeconds: number): string {
    this.bar ??= this.newBar(nowSeconds);
    this.steps ??= this.seen;
    this.bar.setTarget(this.steps);
    return this.bar.update(this.steps, orderValues(this.options.style, values), nowSeconds, true);
  }

  /** A bar for the epoch that begins. */
  private newBar(startSeconds: number): ProgressBar {
    const { style, verbose, dynamic, colors } = this.options;
    return new ProgressBar({ style, verbose, dynamic, colors, target: this.steps, startSeconds });
  }
}
