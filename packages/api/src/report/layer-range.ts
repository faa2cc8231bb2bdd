import { InvalidArgumentError, describeValue } from "../errors.ts";
import type { LayerDescription } from "./description.ts";

/** Where the names that a pattern matches from their start on stand. */
function matches(layers: readonly LayerDescription[], pattern: string): number[] {
  const expression = new RegExp(`^(?:${pattern})`, "u");
  return layers.flatMap((layer, index) => (expression.test(layer.name) ? [index] : []));
}

/**
 * The layers between two named ones, both included.
 *
 * @param layers - All layers of a model.
 * @param range - Two patterns, matched against the start of the names; undefined for all layers.
 * @returns From the first match of the first pattern to the last match of the second, or the other way round.
 * @throws InvalidArgumentError when a pattern matches no layer.
 */
export function selectLayers(
  layers: readonly LayerDescription[],
  range: readonly [string, string] | undefined,
): readonly LayerDescription[] {
  if (range === undefined) return layers;
  const lower = matches(layers, range[0]);
  const upper = matches(layers, range[1]);
  if (lower.length === 0 || upper.length === 0) {
    throw new InvalidArgumentError(
      `Both patterns of \`layerRange\` must match the name of a layer. Received: layerRange=${describeValue(range)}. ` +
        `The layers are: ${layers.map((layer) => layer.name).join(", ")}.`,
    );
  }
  if (Math.min(...lower) > Math.max(...upper)) return layers.slice(Math.min(...upper), Math.max(...lower) + 1);
  return layers.slice(Math.min(...lower), Math.max(...upper) + 1);
}
