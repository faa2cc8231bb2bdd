import { formatFixed } from "./format-number.ts";
import { formatCount, formatEta, formatPerUnit } from "./format-time.ts";
import type { ProgressState } from "./progress-state.ts";

/** Wraps text into an ANSI code, or leaves it where the output has no colours. */
type Paint = (code: number, text: string) => string;

const BOLD = 1;
const GREEN = 32;
const WHITE = 37;

/** The count and the two-coloured bar. */
function gauge(current: number, target: number, width: number, paint: Paint): string {
  const done = Math.trunc(width * (current / target));
  const full = done > 0 ? paint(GREEN, "━".repeat(done)) : "";
  return `${paint(BOLD, formatCount(current, target))} ${full}${paint(WHITE, "━".repeat(Math.max(0, width - done)))}`;
}

/** The whole bar with one way to paint. */
function render(state: ProgressState, paint: Paint): string {
  const { target, current, finalize, secondsPerStep, options } = state;
  const known = target !== null && target > 0;
  const count = known ? gauge(current, target, options.width ?? 20, paint) : `${String(current).padStart(7)}/Unknown`;
  const time = known && !finalize ? formatEta(secondsPerStep * (target - current)) : `${formatFixed(state.elapsed, 0)}s`;
  return `${count} ${paint(BOLD, time)}${formatPerUnit(secondsPerStep, options.unit ?? "step")}${state.values.format(false)}`;
}

/**
 * The bar of Keras 3.
 *
 * @param state - What to draw.
 * @returns The text from the count to the last value, and how many characters of it are visible.
 */
export function keras3Bar(state: ProgressState): { text: string; width: number } {
  const plain = render(state, (_code, text) => text);
  const text = state.options.colors ? render(state, (code, painted) => `\x1b[${code}m${painted}\x1b[0m`) : plain;
  return { text, width: Array.from(plain).length };
}

/**
 * The line of Keras 3 for a whole epoch, at verbosity 2.
 *
 * @param state - What to write.
 * @returns The line with its end; empty when the number of steps is not known.
 */
export function keras3EpochLine(state: ProgressState): string {
  const { target, current, elapsed, secondsPerStep, options } = state;
  if (target === null || target <= 0) return "";
  const time = `${formatFixed(elapsed, 0)}s -${formatPerUnit(secondsPerStep, options.unit ?? "step")}`;
  return `${formatCount(current, target)} - ${time}${state.values.format(true)}\n`;
}
