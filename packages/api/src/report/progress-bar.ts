import { checkOptions } from "../check-options.ts";
import { keras2Bar, keras2EpochLine } from "./progress-keras2.ts";
import { keras3Bar, keras3EpochLine } from "./progress-keras3.ts";
import { progressBarOptionNames } from "./progress-state.ts";
import type { NamedValues, ProgressBarOptions, ProgressState } from "./progress-state.ts";
import { ProgressValues } from "./progress-values.ts";

/**
 * A progress bar as a machine from updates to text: it prints nothing and has no clock, so that a caller decides
 * where the text goes and what time it is. Every text is what Keras would write, control characters included.
 *
 * @example
 * const bar = new ProgressBar({ style: "keras2", target: 10, verbose: 1, startSeconds: 0, dynamic: true, colors: true });
 * bar.update(10, [["loss", 0.6928]], 0.02); // "\r10/10 [====...] - 0s 2ms/step - loss: 0.6928\n"
 */
export class ProgressBar {
  private readonly options: ProgressBarOptions;
  private readonly values: ProgressValues;
  private target: number | null;
  private seen = 0;
  private lastDrawn = -Infinity;
  private afterFirstStep: number | undefined;
  private previousWidth = 0;
  private epochStart: number;
  private epochEnd: number | undefined;

  /**
   * Begins a bar; nothing is drawn yet.
   *
   * @param options - How it looks and counts.
   * @throws InvalidArgumentError for an option that does not exist.
   */
  constructor(options: ProgressBarOptions) {
    checkOptions("ProgressBar", options, '{ style: "keras2", target: 10 }', progressBarOptionNames);
    this.options = options;
    this.target = options.target;
    this.epochStart = options.startSeconds;
    this.values = new ProgressValues(options.statefulMetrics ?? "all", options.style);
  }

  /**
   * Sets the number of steps when it has become known.
   *
   * @param target - The number of steps, or `null`.
   */
  setTarget(target: number | null): void {
    this.target = target;
  }

  /**
   * Counts a step and draws.
   *
   * @param current - How many steps are done.
   * @param values - The values of the last step.
   * @param nowSeconds - The time, in seconds.
   * @param finalize - Whether this is the last update; by default when the target is reached.
   * @returns What to write; empty when nothing is to be drawn.
   */
  update(current: number, values: NamedValues, nowSeconds: number, finalize: boolean = this.reaches(current)): string {
    this.values.add(values, current, this.seen, finalize);
    this.seen = current;
    if (current === this.target) this.epochEnd = nowSeconds;
    const { style, verbose, startSeconds, interval = 0.05 } = this.options;
    const hidden = verbose === 1 && nowSeconds - this.lastDrawn < interval && !finalize;
    // Keras 2 only looks at the clock when it draws the bar, Keras 3 at every step.
    const looks = style === "keras3" || (verbose === 1 && !hidden);
    const secondsPerStep = looks ? this.estimate(current, nowSeconds) : 0;
    if (hidden) return "";

    this.lastDrawn = nowSeconds;
    const state: ProgressState = {
      options: this.options,
      target: this.target,
      current,
      finalize,
      elapsed: nowSeconds - startSeconds,
      secondsPerStep,
      epochSeconds: this.epochEnd === undefined ? undefined : this.epochEnd - this.epochStart,
      values: this.values,
    };
    if (verbose === 1) return this.draw(state);
    if (verbose === 0 || !finalize) return "";
    if (style === "keras3") return keras3EpochLine(state);
    this.startNextEpoch(nowSeconds);
    return keras2EpochLine(state);
  }

  /** The next epoch of the same bar counts from the end of this one. */
  private startNextEpoch(now: number): void {
    if (this.epochEnd !== undefined) this.epochStart = now;
    this.epochEnd = undefined;
  }

  /** Whether so many steps are all that there are. */
  private reaches(current: number): boolean {
    return this.target !== null && current >= this.target;
  }

  /** The bar over the previous one, whose remains are blanked out. */
  private draw(state: ProgressState): string {
    const { text, width } = this.options.style === "keras3" ? keras3Bar(state) : keras2Bar(state);
    const back = this.options.dynamic ? `${"\b".repeat(this.previousWidth)}\r` : "\n";
    const blanks = " ".repeat(Math.max(0, this.previousWidth - width));
    this.previousWidth = width;
    return back + text + blanks + (state.finalize ? "\n" : "");
  }

  /** Seconds a step takes. The first step is left out as soon as there are others: it does things once. */
  private estimate(current: number, now: number): number {
    if (current === 0) return 0;
    const seconds =
      this.afterFirstStep !== undefined && current > 1
        ? (now - this.afterFirstStep) / (current - 1)
        : (now - this.options.startSeconds) / current;
    if (current === 1) this.afterFirstStep = now;
    return seconds;
  }
}
