import { UsageError } from "../../failure.ts";
import { knownBackends, tfjsFactory } from "../../known-backends.ts";
import type { KnownBackend } from "../../known-backends.ts";

/** The engines of TensorFlow.js stand for election by themselves: which of them is the fastest is no foregone conclusion. */
const candidates: readonly KnownBackend[] = [
  ...knownBackends.filter(({ name }) => name !== "tfjs"),
  { name: "tfjs-node", factory: tfjsFactory("node") },
  { name: "tfjs-wasm", factory: tfjsFactory("wasm") },
];

/**
 * The backends between which `rowan bench select` lets choose; none is made.
 *
 * @param wanted - Their names; all when left out.
 * @throws UsageError for a name that none of them has.
 */
export function candidateBackends(wanted?: readonly string[]): readonly KnownBackend[] {
  const names = candidates.map(({ name }) => name);
  const unknown = wanted?.filter((name) => !names.includes(name)) ?? [];
  if (unknown.length > 0) throw new UsageError(`--backends must be of ${names.join(", ")}. Received: ${unknown.join(", ")}.`);
  return candidates.filter(({ name }) => wanted?.includes(name) ?? true);
}
