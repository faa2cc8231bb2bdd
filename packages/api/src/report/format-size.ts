import { formatFixed } from "./format-number.ts";
import type { ReportStyle } from "./report-style.ts";

const UNITS: Readonly<Record<ReportStyle, readonly [string, ...string[]]>> = {
  keras2: ["Byte", "KB", "MB", "GB", "TB", "PB"],
  keras3: ["B", "KB", "MB", "GB", "TB", "PB"],
};

/**
 * A size in memory as Keras prints it, in steps of 1024.
 *
 * @param bytes - The size in bytes, 0 or more.
 * @param style - Whose units: `Byte` in Keras 2, `B` in Keras 3.
 * @returns For example `160.00 Byte` or `1.69 KB`.
 */
export function formatSize(bytes: number, style: ReportStyle): string {
  let value = bytes;
  let shown = UNITS[style][0];
  for (const unit of UNITS[style]) {
    shown = unit;
    if (value / 1024 < 1) break;
    value /= 1024;
  }
  return `${formatFixed(value, 2)} ${shown}`;
}
