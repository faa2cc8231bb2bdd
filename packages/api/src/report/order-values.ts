import type { NamedValues } from "./progress-state.ts";
import type { ReportStyle } from "./report-style.ts";

/**
 * The values of a step or an epoch in the order in which Keras shows them.
 *
 * @param style - Keras 2 keeps the order: the loss, then the metrics as they were compiled. Keras 3 sorts the names.
 * @param values - Names with numbers; those of the validation begin with `val_` and come last in both.
 * @returns The same values, in order.
 */
export function orderValues(style: ReportStyle, values: NamedValues): NamedValues {
  const training = values.filter(([name]) => !name.startsWith("val_"));
  const validation = values.filter(([name]) => name.startsWith("val_"));
  if (style === "keras3") for (const part of [training, validation]) part.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return [...training, ...validation];
}
