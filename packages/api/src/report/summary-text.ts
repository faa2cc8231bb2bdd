import { checkFlag, checkOptions } from "../check-options.ts";
import type { ModelDescription } from "./description.ts";
import { keras2Summary } from "./summary-keras2.ts";
import { keras3Summary } from "./summary-keras3.ts";
import { checkStyle } from "./report-style.ts";
import { summaryOptionNames } from "./summary-options.ts";
import type { SummaryOptions } from "./summary-options.ts";

const flags = ["showTrainable", "expandNested", "colors"] as const satisfies readonly (keyof SummaryOptions)[];

/**
 * The summary of a model, byte for byte as Keras prints it.
 *
 * @param model - What to tell about the model.
 * @param options - The look; legacy Keras 2 by default.
 * @returns The text with the end of its last line: write it as it is.
 * @throws NotBuiltError for the Keras 2 summary of a model that is not built.
 * @throws UnknownNameError for a style that does not exist.
 * @throws InvalidArgumentError for an option that does not exist, a flag that is none, when the table does not fit into its width, or a layer of `layerRange` does not exist.
 */
export function summaryText(model: ModelDescription, options: SummaryOptions = {}): string {
  checkOptions("summary", options, '{ style: "keras3" }', summaryOptionNames);
  for (const flag of flags) checkFlag(flag, options[flag] ?? false);
  return checkStyle(options.style ?? "keras2") === "keras3" ? keras3Summary(model, options) : keras2Summary(model, options);
}
