import { lookupName } from "../names.ts";

/** Whose look a report has: legacy Keras 2, the default, or Keras 3. */
export type ReportStyle = "keras2" | "keras3";

const styles: Readonly<Record<ReportStyle, ReportStyle>> = { keras2: "keras2", keras3: "keras3" };

/**
 * Checks whose look is wanted.
 *
 * @param style - What was given.
 * @returns The same.
 * @throws UnknownNameError for a style that does not exist.
 */
export function checkStyle(style: unknown): ReportStyle {
  return lookupName("style", style, styles);
}
