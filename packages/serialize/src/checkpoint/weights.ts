import { Model } from "@rowan/api";
import type { Layer, Variable } from "@rowan/api";

/** A weight of a model and the name of its tensor. */
export interface NamedWeight {
  readonly name: string;
  readonly variable: Variable;
}

/** What a model's layers hold. */
export interface ModelParts {
  /** Each variable once, in the order of the model. */
  readonly weights: readonly NamedWeight[];
  /** Names under which a variable is met again: layers that share a table. */
  readonly shared: readonly string[];
  /** Layers that draw random numbers from a seed of their own, by their path. */
  readonly seeded: readonly { readonly path: string; readonly layer: SeededLayer }[];
}

/** A layer that draws random numbers in training, such as Dropout. */
export interface SeededLayer {
  maskSeed: number;
}

/**
 * Names the weights of a model: `embedding/embeddings`, and with the name of a model before it those of a model in a model.
 *
 * @param model - A built model.
 * @returns Its weights and seeds.
 */
export function partsOf(model: Model): ModelParts {
  const weights: NamedWeight[] = [];
  const shared: string[] = [];
  const seeded: { path: string; layer: SeededLayer }[] = [];
  const met = new Map<Variable, Layer>();
  const taken = new Set<string>();
  const visit = (layers: readonly Layer[], prefix: string): void => {
    for (const layer of layers) {
      if (layer instanceof Model) {
        visit(layer.layers, `${prefix}${layer.name}/`);
        continue;
      }
      if (isSeeded(layer)) seeded.push({ path: prefix + layer.name, layer });
      for (const variable of layer.variables) {
        const name = freeName(prefix + nameIn(layer, variable), taken);
        if (met.has(variable)) {
          if (met.get(variable) !== layer) shared.push(name);
          continue;
        }
        met.set(variable, layer);
        taken.add(name);
        weights.push({ name, variable });
      }
    }
  };
  visit(model.layers, "");
  return { weights, shared, seeded };
}

/** A table may have come from elsewhere, with a path of its own. */
function nameIn(layer: Layer, { path, name }: Variable): string {
  return path.startsWith(`${layer.name}/`) ? path : `${layer.name}/${name}`;
}

function freeName(name: string, taken: ReadonlySet<string>): string {
  if (!taken.has(name)) return name;
  let index = 1;
  while (taken.has(`${name}_${index}`)) index++;
  return `${name}_${index}`;
}

function isSeeded(layer: Layer): layer is Layer & SeededLayer {
  return "maskSeed" in layer && typeof layer.maskSeed === "number";
}
