import { InvalidArgumentError, monitoredValue } from "@rowan/api";
import type { Logs } from "@rowan/api";

/** `{name}`, `{name:02d}`, `{name:.4f}`, as Python's `str.format` has them. */
const field = /\{(\w+)(?::([^{}]*))?\}/g;

/**
 * A file's name with the numbers of an epoch in it.
 *
 * @param template - With fields such as `{epoch:02d}` and `{val_loss:.2f}`.
 * @param logs - Of the epoch.
 * @param counts - `epoch`, and `batch`, counted from 1.
 * @returns The name.
 * @throws InvalidArgumentError for a field that the logs do not have, or a format that is not known.
 */
export function fileName(template: string, logs: Logs, counts: Readonly<Record<string, number>>): string {
  return template.replace(field, (_whole, name: string, format: string | undefined) => {
    const value = counts[name] ?? monitoredValue(logs, name);
    if (value === undefined) {
      const known = [...Object.keys(counts), ...Object.keys(logs)].join(", ");
      throw new InvalidArgumentError(`\`filepath\` may have the fields ${known}. Received: {${name}} in ${JSON.stringify(template)}.`);
    }
    return formatted(value, format ?? "");
  });
}

function formatted(value: number, format: string): string {
  const [, zero, width = "0", , digits, kind] = /^(0?)(\d*)(\.(\d+))?([dfe]?)$/.exec(format) ?? [];
  if (kind === undefined) throw new InvalidArgumentError(`A format is like 02d, .2f or .3e. Received: ${JSON.stringify(format)}.`);
  const places = digits === undefined ? 6 : Number(digits);
  const text =
    kind === "f" || (kind === "" && digits !== undefined)
      ? value.toFixed(places)
      : kind === "e"
        ? value.toExponential(places)
        : String(value);
  return text.padStart(Number(width), zero === "0" ? "0" : " ");
}
