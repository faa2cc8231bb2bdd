import type { Layer } from "../layers/layer.ts";
import type { Optimizer } from "../optimizers/index.ts";
import type { LayerDescription, ModelDescription, ParameterTotals } from "../report/index.ts";
import type { Variable } from "../table/variable.ts";
import type { PartialShape } from "../tensor/shape.ts";
import type { Model } from "./model.ts";

const bytesPerWeight = 4;

function totals(variables: readonly Variable[]): ParameterTotals {
  const count = [...new Set(variables)].reduce((total, { size }) => total + size, 0);
  return { count, bytes: count * bytesPerWeight };
}

/**
 * What a summary tells about a model.
 *
 * @param model - Built or not.
 * @param optimizer - The compiled optimizer, if there is one.
 * @returns Names, shapes and sizes.
 */
export function describeModel(model: Model, optimizer: Optimizer | undefined): ModelDescription {
  return {
    name: model.name,
    built: model.built,
    layers: describeLayers(model.layers, model.built ? model.inputShape : null),
    trainable: totals(model.trainableVariables),
    nonTrainable: totals(model.nonTrainableVariables),
    ...(optimizer?.isBuilt && { optimizer: optimizer.stateSize(model.trainableVariables) }),
  };
}

function describeLayers(layers: readonly Layer[], inputShape: PartialShape | null): LayerDescription[] {
  let shape = inputShape;
  return layers.map((layer) => {
    const before = shape;
    shape = shape && layer.computeOutputShape(shape);
    const inner = "layers" in layer ? (layer as Model).layers : undefined;
    return {
      name: layer.name,
      className: layer.className,
      outputShape: shape,
      built: layer.built,
      trainable: layer.trainable,
      parameters: layer.built ? totals(layer.variables) : { count: 0, bytes: 0 },
      ...(inner && { layers: describeLayers(inner, before) }),
    };
  });
}
