import { InvalidArgumentError, describeValue } from "../errors.ts";
import type { Model } from "../models/model.ts";
import { normalizeName } from "../names.ts";
import type { Logs } from "./callback.ts";

/** What better means for a monitored value; `"auto"`: what the metric of that name says. */
export type MonitorMode = "auto" | "min" | "max";

/**
 * Checks a `mode`.
 *
 * @param mode - What was received.
 * @returns The same value, typed.
 * @throws InvalidArgumentError when it is none of the three.
 */
export function checkMode(mode: unknown): MonitorMode {
  if (mode === "auto" || mode === "min" || mode === "max") return mode;
  throw new InvalidArgumentError(`\`mode\` must be "auto", "min" or "max". Received: mode=${describeValue(mode)}.`);
}

/**
 * The value that is monitored. The name is understood in camelCase and in Keras' snake_case: `"valLoss"` is `"val_loss"`.
 *
 * @param logs - Of an epoch.
 * @param monitor - The name.
 * @returns The value, or undefined where the logs have no such name.
 */
export function monitoredValue(logs: Logs, monitor: string): number | undefined {
  const wanted = normalizeName(monitor);
  const name = monitor in logs ? monitor : Object.keys(logs).find((known) => normalizeName(known) === wanted);
  return name === undefined ? undefined : logs[name];
}

/**
 * Whether larger values of what is monitored are better; after keras/src/callbacks/monitor_callback.py.
 *
 * @param monitor - The name in the logs.
 * @param mode - What the user said.
 * @param model - The model in training, whose metrics know their direction.
 * @returns True where larger is better.
 * @throws InvalidArgumentError for `"auto"` with a name that no metric of the model has.
 */
export function isLargerBetter(monitor: string, mode: MonitorMode, model: Model): boolean {
  if (mode !== "auto") return mode === "max";
  const name = normalizeName(monitor.replace(/^val(_|(?=[A-Z]))/, ""));
  if (name === "loss") return false;
  const direction = model.metrics.find((metric) =>
    [metric.name, `weighted_${metric.name}`].some((known) => normalizeName(known) === name),
  )?.direction;
  if (direction !== undefined) return direction === "up";
  throw new InvalidArgumentError(
    `Whether \`monitor\` should be larger or smaller must be known. Received: monitor=${describeValue(monitor)}, which is no metric of the model with a direction. Pass mode: "max" or mode: "min".`,
  );
}
