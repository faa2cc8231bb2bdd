import type { ReportStyle } from "./report-style.ts";

/** How a summary looks. */
export interface SummaryOptions {
  /** Whose table: `"keras2"` (the default) or `"keras3"`. */
  readonly style?: ReportStyle;
  /** The length of a line in characters; 65 in Keras 2; in Keras 3 88, or less where the terminal is narrow. */
  readonly lineLength?: number;
  /** Where each column ends: fractions of the line when the last is at most 1, else characters (Keras 2 only). */
  readonly positions?: readonly number[];
  /** Adds a column that says whether a layer is trained. */
  readonly showTrainable?: boolean;
  /** Lists the layers of models inside the model. */
  readonly expandNested?: boolean;
  /** Only the layers from one name to another, both patterns that match the start of a name. */
  readonly layerRange?: readonly [string, string];
  /** The width of the terminal in characters, 80 where none is known. Keras 3 fits its table into it. */
  readonly columns?: number;
  /** Colours for a terminal with 256 of them; Keras 3 only. */
  readonly colors?: boolean;
}

/** The names of these options. */
export const summaryOptionNames: readonly (keyof SummaryOptions)[] = [
  "style",
  "lineLength",
  "positions",
  "showTrainable",
  "expandNested",
  "layerRange",
  "columns",
  "colors",
];
