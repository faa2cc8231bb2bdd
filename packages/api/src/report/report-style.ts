/** Whose look a report has: legacy Keras 2, the default, or Keras 3. */
export type ReportStyle = "keras2" | "keras3";
