import type { ProgressValues } from "./progress-values.ts";
import type { ReportStyle } from "./report-style.ts";

/** The values of one update: names with numbers, in the order in which they are shown. */
export type NamedValues = readonly (readonly [name: string, value: number])[];

/** How a progress bar looks and counts. */
export interface ProgressBarOptions {
  /** Whose bar. */
  readonly style: ReportStyle;
  /** The number of steps, `null` when it is not known. */
  readonly target: number | null;
  /** 0 prints nothing, 1 a bar that is drawn again and again, 2 one line at the end. */
  readonly verbose: 0 | 1 | 2;
  /** When the work began, in seconds, on the clock of the updates. */
  readonly startSeconds: number;
  /** Whether the output can go back to the start of a line; else every drawing begins a new line. */
  readonly dynamic: boolean;
  /** Whether the output understands ANSI colours, which only the Keras 3 bar has. */
  readonly colors: boolean;
  /** The length of the bar in characters: 30 in Keras 2, 20 in Keras 3. */
  readonly width?: number;
  /** The least time between two drawings, in seconds; 0.05 by default. */
  readonly interval?: number;
  /** What a step is called; `"step"` by default. */
  readonly unit?: string;
  /** The values that are shown as they are; all others are averaged over the steps. `"all"` by default. */
  readonly statefulMetrics?: "all" | readonly string[];
}

/** The names of these options. */
export const progressBarOptionNames: readonly (keyof ProgressBarOptions)[] = [
  "style",
  "target",
  "verbose",
  "startSeconds",
  "dynamic",
  "colors",
  "width",
  "interval",
  "unit",
  "statefulMetrics",
];

/** What a drawing of the bar needs to know. */
export interface ProgressState {
  readonly options: ProgressBarOptions;
  readonly target: number | null;
  readonly current: number;
  readonly finalize: boolean;
  /** Seconds since the start. */
  readonly elapsed: number;
  /** Seconds that a step takes, by the estimate. */
  readonly secondsPerStep: number;
  /** Seconds that the epoch took, when it has ended. */
  readonly epochSeconds: number | undefined;
  readonly values: ProgressValues;
}
