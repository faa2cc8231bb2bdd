import { formatFixed } from "./format-number.ts";
import { formatCount, formatEta, formatPerUnit } from "./format-time.ts";
import type { ProgressState } from "./progress-state.ts";

/** How far the work has come, as `[====>.....]`. */
function gauge(current: number, target: number, width: number): string {
  const done = Math.trunc(width * (current / target));
  const full = done > 0 ? "=".repeat(done - 1) + (current < target ? ">" : "=") : "";
  return `[${full}${".".repeat(Math.max(0, width - done))}]`;
}

/**
 * The bar of legacy Keras 2.
 *
 * @param state - What to draw.
 * @returns The text from the count to the last value, and how many characters it takes.
 */
export function keras2Bar(state: ProgressState): { text: string; width: number } {
  const { target, current, finalize, secondsPerStep, options } = state;
  const known = target !== null && target > 0;
  let text = known
    ? `${formatCount(current, target)} ${gauge(current, target, options.width ?? 30)}`
    : `${String(current).padStart(7)}/Unknown`;
  text +=
    !known || finalize
      ? ` - ${formatFixed(state.elapsed, 0)}s${formatPerUnit(secondsPerStep, options.unit ?? "step")}`
      : ` - ETA: ${formatEta(secondsPerStep * (target - current))}`;
  text += state.values.format(false);
  return { text, width: Array.from(text).length };
}

/**
 * The line of legacy Keras 2 for a whole epoch, at verbosity 2.
 *
 * @param state - What to write.
 * @returns The line with its end.
 */
export function keras2EpochLine(state: ProgressState): string {
  const { target, current, elapsed, epochSeconds, options } = state;
  const count = target === null ? String(current) : formatCount(current, target);
  const line = `${count} - ${formatFixed(elapsed, 0)}s${state.values.format(true)}`;
  // Keras knows how long an epoch took only when it ended where it should, and else forgets to end the line.
  if (epochSeconds === undefined || target === null) return line;
  return `${line} -${formatPerUnit(epochSeconds, "epoch")} -${formatPerUnit(epochSeconds / target, options.unit ?? "step")}\n`;
}
