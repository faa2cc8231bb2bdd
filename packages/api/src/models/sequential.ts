import { checkOptions } from "../check-options.ts";
import { InvalidArgumentError, ShapeMismatchError, describeValue } from "../errors.ts";
import { InputLayer } from "../layers/input-layer.ts";
import { Layer } from "../layers/layer.ts";
import type { CallContext, LayerOutput } from "../layers/layer.ts";
import { layerFromConfig, registerLayer } from "../layers/layer-registry.ts";
import type { RowLookup } from "../table/prepared-rows.ts";
import { serialize } from "../serialized.ts";
import type { NDArray } from "../tensor/ndarray.ts";
import { formatShape } from "../tensor/shape.ts";
import type { PartialShape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { warnOnce } from "../warnings.ts";
import { Model, modelOptionNames } from "./model.ts";
import type { ModelOptions } from "./model.ts";

/** Layers one after another. Built at once where the first layer knows its input shape, else at the first call. */
export class Sequential extends Model {
  static override readonly optionNames: readonly string[] = modelOptionNames;
  readonly className = "Sequential";
  override readonly supportsMasking = true;
  readonly #layers: Layer[] = [];
  #inputLayer: InputLayer | undefined;
  #inputShape: PartialShape | null = null;
  /** The shape is that of the first call, which later calls may differ from: sequences of another length. */
  #isInferred = false;

  /**
   * @param layers - In order; an `Input` may come first.
   * @param options - `backend`, `name`.
   * @throws InvalidArgumentError for layers that are no array, and an option that does not exist.
   */
  constructor(layers: readonly Layer[] = [], options: ModelOptions = {}) {
    checkOptions("Sequential", options, '{ name: "mine" }', new.target.optionNames);
    super(options);
    const given: unknown = layers;
    if (!Array.isArray(given)) {
      throw new InvalidArgumentError(
        `A Sequential model takes its layers as an array. Received: ${describeValue(layers)}. Wrap it: new Sequential([layer]).`,
      );
    }
    for (const layer of layers) this.add(layer);
  }

  /** The layers in order, without an input layer. */
  get layers(): readonly Layer[] {
    return [...this.#layers];
  }

  /** The shape of the input with its batch axis, once it is known. */
  get inputShape(): PartialShape | null {
    return this.#inputShape;
  }

  /** The shape of the output with its batch axis, once it is known. */
  get outputShape(): PartialShape | null {
    return this.#inputShape && this.computeOutputShape(this.#inputShape);
  }

  protected override get requiredInputShape(): PartialShape | null {
    return this.#isInferred ? null : this.#inputShape;
  }

  /** What the first layer takes. */
  override get inputDType(): "float32" | "int32" {
    return this.#layers[0]?.inputDType ?? "float32";
  }

  /**
   * Adds a layer at the end.
   *
   * @param layer - A layer whose name no other layer of this model has.
   * @throws InvalidArgumentError or ShapeMismatchError; the model stays as it was then.
   */
  add(layer: Layer): void {
    this.checkAlive();
    if (!(layer instanceof Layer))
      throw new InvalidArgumentError(`Only layers can be added to a Sequential model. Received: ${describeValue(layer)}.`);
    if (layer instanceof InputLayer) {
      this.#setInput(layer);
      return;
    }
    if (this.#layers.some(({ name }) => name === layer.name)) {
      throw new InvalidArgumentError(
        `All layers added to a Sequential model should have unique names. Name '${layer.name}' is already the name of a layer in this model. Pass another \`name\`.`,
      );
    }
    const announced = this.#layers.length > 0 ? null : layer instanceof Model ? layer.inputShape : layer.batchInputShape;
    if (announced && this.#inputShape) checkSameInput(layer, this.#inputShape, announced);
    const shape = this.outputShape ?? announced;
    // The layer is built before it is added: where that fails, the model is what it was.
    if (shape) {
      layer.ensureBuilt(shape);
      layer.computeOutputShape(shape);
    }
    if (this.#layers.length === 0 && announced) this.#inputShape ??= announced;
    this.#layers.push(this.addLayer(layer));
    if (this.#inputShape) this.ensureBuilt(this.#inputShape);
  }

  /**
   * Takes the last layer away.
   *
   * @returns The layer.
   * @throws InvalidArgumentError when there is none.
   */
  pop(): Layer {
    this.checkAlive();
    const layer = this.#layers.pop();
    if (!layer) throw new InvalidArgumentError("There are no layers in the model to remove.");
    this.removeLastLayer();
    if (this.#layers.length === 0) {
      // What comes next may take another input, and must be built for it.
      this.#inputShape = this.#inputLayer?.batchInputShape ?? null;
      this.markUnbuilt();
    }
    return layer;
  }

  protected override build(inputShape: PartialShape): void {
    if (this.#layers.length === 0)
      throw new InvalidArgumentError(
        `The model "${this.name}" has no layers. Add one first: model.add(new Embedding({ inputDim, outputDim })).`,
      );
    let shape: PartialShape = inputShape;
    for (const layer of this.#layers) {
      layer.ensureBuilt(shape);
      shape = layer.computeOutputShape(shape);
    }
    // Only now: a shape that could not be built for must not be asked of the next input.
    this.#isInferred = this.#inputShape === null;
    this.#inputShape ??= inputShape;
  }

  /** @returns The output of the last layer. */
  call(inputs: Tensor, context: CallContext): Tensor {
    return this.#run(inputs, context).output;
  }

  /** Calls the layers in order and hands masks on. */
  override apply(inputs: Tensor, context: CallContext = { training: false, step: 0 }): LayerOutput {
    this.ensureBuilt(inputs.shape.map((extent, axis) => (axis === 0 ? null : extent)));
    return this.#run(inputs, context);
  }

  /** Throws what the first layer throws. */
  override checkInput(x: NDArray): void {
    this.#layers[0]?.checkInput(x);
  }

  /** @returns The lookups of the first layer, which sees the model's input as it is. */
  override rowLookups(inputs: Tensor): readonly RowLookup[] {
    this.ensureBuilt(inputs.shape.map((extent, axis) => (axis === 0 ? null : extent)));
    return this.#layers[0]?.rowLookups(inputs) ?? [];
  }

  /** @returns The shape that the last layer gives. */
  computeOutputShape(inputShape: PartialShape): PartialShape {
    return this.#layers.reduce((shape, layer) => layer.computeOutputShape(shape), inputShape);
  }

  /** @returns The layers' configurations. */
  override getConfig(): Record<string, unknown> {
    return {
      name: this.name,
      trainable: this.trainable,
      layers: [...(this.#inputLayer ? [this.#inputLayer] : []), ...this.#layers].map(serialize),
      ...(this.#inputShape && { buildInputShape: this.#inputShape }),
    };
  }

  /**
   * Makes a model again from its configuration, with new weights.
   *
   * @param config - What `getConfig` gave.
   * @param options - `backend`.
   * @returns The model.
   * @throws UnknownNameError for layers that are not registered; InvalidArgumentError when `layers` is missing.
   */
  static fromConfig(config: Readonly<Record<string, unknown>>, options: ModelOptions = {}): Sequential {
    const { name, trainable, layers, buildInputShape } = config as {
      name?: string;
      trainable?: boolean;
      layers?: unknown;
      buildInputShape?: PartialShape;
    };
    if (!Array.isArray(layers))
      throw new InvalidArgumentError(
        `The configuration of a Sequential model must have \`layers\`. Received: layers=${describeValue(layers)}.`,
      );
    const model = new Sequential(layers.map(layerFromConfig), {
      ...options,
      ...(name !== undefined && { name }),
      ...(trainable !== undefined && { trainable }),
    });
    if (buildInputShape && !model.built) model.ensureBuilt(buildInputShape);
    return model;
  }

  #run(inputs: Tensor, context: CallContext): LayerOutput {
    let output = inputs;
    let mask = context.mask;
    for (const layer of this.#layers) {
      if (mask && !layer.supportsMasking) {
        warnOnce(
          `Layer '${layer.name}' (of type ${layer.className}) was passed an input with a mask attached to it. However, this layer does not support masking and will therefore destroy the mask information. Downstream layers will not see the mask.`,
        );
      }
      ({ output, mask } = layer.apply(output, { ...context, mask }));
    }
    return { output, mask };
  }

  #setInput(layer: InputLayer): void {
    if (this.#layers.length > 0 || this.#inputLayer) {
      throw new InvalidArgumentError(
        `Sequential model "${this.name}" has already been configured to use input shape ${this.#inputShape ? formatShape(this.#inputShape) : "of its first call"}. You cannot add a different Input layer to it.`,
      );
    }
    if (!layer.batchInputShape) throw new ShapeMismatchError("An Input layer needs a shape: Input({ shape: [2] }). Received: none.");
    this.#inputLayer = layer;
    this.#inputShape = layer.batchInputShape;
  }
}

function checkSameInput(layer: Layer, given: PartialShape, announced: PartialShape): void {
  const fits =
    given.length === announced.length &&
    announced.every((extent, axis) => extent === null || given[axis] === null || extent === given[axis]);
  if (fits) return;
  throw new ShapeMismatchError(
    `The layer "${layer.name}" announces another input than the model's Input. Received: input shape ${formatShape(announced)} after an Input of ${formatShape(given)}. Leave one of them out.`,
  );
}

registerLayer("Sequential", (config) => Sequential.fromConfig(config));
