import type { SparseUpdate } from "@rowan/api";
import type { Described } from "./fixture.ts";

/**
 * The modes of `sparseUpdate` that promise Keras' numbers for an optimizer.
 *
 * @param optimizer - As a fixture describes it.
 * @returns `"exact"` and `"dense"` for all; also `"lazy"` where a row without a gradient does not move anyway.
 */
export function updateModes({ className, config }: Described): readonly SparseUpdate[] {
  const rests = (className === "SGD" && config["momentum"] === undefined) || className === "Adagrad";
  const isPlain = config["weightDecay"] === undefined && config["useEma"] === undefined;
  return rests && isPlain ? ["exact", "dense", "lazy"] : ["exact", "dense"];
}
