import type { Surroundings } from "../terminal.ts";
import type { Contender } from "./contender.ts";
import type { Measurement } from "./measure.ts";

/** Surroundings that keep what is printed. */
export function quietly(): Surroundings & { printed: () => string } {
  let text = "";
  return {
    stdout: { write: (part: string) => (text += part) },
    stderr: { write: () => true },
    signal: new AbortController().signal,
    printed: () => text,
  };
}

/**
 * A contender whose calls take as long as it is told, and that keeps a record of its turns.
 *
 * @param name - Its name.
 * @param milliseconds - Of each call.
 * @param result - What it gives.
 * @param record - Gets a word for each turn.
 */
export function clockwork(name: string, milliseconds: number, result: readonly number[] | undefined, record: string[] = []): Contender {
  return {
    name,
    peer: "js",
    turn: async (first, warm, calls) => {
      record.push(`${name} ${first}+${warm}+${calls}`);
      return Array.from({ length: calls }, () => milliseconds);
    },
    ...(result && { result: async () => result }),
    dispose: () => undefined,
  };
}

/** What was measured of somebody whose turns took so long. */
export function measured(name: string, turnMs: readonly number[]): Measurement {
  const medianMs = turnMs[0] ?? 0;
  return { name, peer: "js", calls: turnMs.length, medianMs, p99Ms: medianMs, turnMs };
}
