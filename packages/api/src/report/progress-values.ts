import { formatExponent, formatFixed } from "./format-number.ts";
import type { ReportStyle } from "./report-style.ts";

/** The values beside a progress bar: the newest, or the mean over the steps. */
export class ProgressValues {
  private readonly stateful: "all" | ReadonlySet<string>;
  private readonly style: ReportStyle;
  private readonly sums: Map<string, { sum: number; steps: number }> = new Map();

  /**
   * Begins with no values.
   *
   * @param stateful - The names whose newest value is shown as it is.
   * @param style - Whose arithmetic: in Keras 3 the values of the last update stand for themselves, also where others
   *   were averaged.
   */
  constructor(stateful: "all" | readonly string[], style: ReportStyle) {
    this.stateful = stateful === "all" ? "all" : new Set(stateful);
    this.style = style;
  }

  /**
   * Takes the values of an update.
   *
   * @param values - Names and numbers; a name keeps the place in which it came first.
   * @param current - How many steps are done.
   * @param seen - How many were done at the update before.
   * @param finalize - Whether this is the last update.
   */
  add(values: readonly (readonly [string, number])[], current: number, seen: number, finalize: boolean): void {
    for (const [name, value] of values) {
      if (this.stateful === "all" || this.stateful.has(name) || (finalize && this.style === "keras3")) {
        this.sums.set(name, { sum: value, steps: 1 });
        continue;
      }
      // A value that comes without a new step still counts as one.
      const steps = Math.max(current - seen, 1);
      const before = this.sums.get(name);
      // The first value is no sum: 0 + -0 would lose its sign.
      const sum = before === undefined ? value * steps : before.sum + value * steps;
      this.sums.set(name, { sum, steps: (before?.steps ?? 0) + steps });
    }
  }

  /**
   * The values as text.
   *
   * @param exponentOfNegative - Whether every negative value gets an exponent, as on the lines of verbosity 2.
   * @returns For example ` - loss: 0.6928 - acc: 1.0000e-04`.
   */
  format(exponentOfNegative: boolean): string {
    let text = "";
    for (const [name, { sum, steps }] of this.sums) {
      // Keras 2 takes NumPy's mean, which adds to zero and so loses the sign of a negative one.
      const mean = sum / Math.max(1, steps) + (this.style === "keras2" ? 0 : -0);
      const fixed = (exponentOfNegative ? mean : Math.abs(mean)) > 1e-3;
      text += ` - ${name}: ${fixed ? formatFixed(mean, 4) : formatExponent(mean, 4)}`;
    }
    return text;
  }
}
