import { countOf } from "../count-of.ts";
import type { Backend } from "../backend/backend.ts";
import { checkFlag, checkOptions } from "../check-options.ts";
import { InvalidArgumentError, NotBuiltError, ShapeMismatchError, describeValue } from "../errors.ts";
import { divide } from "../ops/arithmetic.ts";
import { getRegularizer } from "../regularizers/index.ts";
import type { Regularizer, RegularizerIdentifier } from "../regularizers/index.ts";
import { serialize } from "../serialized.ts";
import type { Serializable } from "../serialized.ts";
import type { RowLookup } from "../table/prepared-rows.ts";
import { Variable } from "../table/variable.ts";
import type { VariableOptions } from "../table/variable.ts";
import { NDArray } from "../tensor/ndarray.ts";
import type { NestedArray } from "../tensor/ndarray.ts";
import type { TypedArray } from "../tensor/dtype.ts";
import { formatShape, sameShape } from "../tensor/shape.ts";
import type { PartialShape } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import { automaticName } from "./naming.ts";

/** Options that every layer takes. */
export interface LayerOptions {
  readonly name?: string;
  readonly trainable?: boolean;
  /** The shape of one sample, for a layer that comes first: the model is built at once. */
  readonly inputShape?: PartialShape;
  /** The same with the batch axis before it, e.g. `[null, 4]`. */
  readonly batchInputShape?: PartialShape;
}

/** The names of the options that every layer takes. */
export const layerOptionNames: readonly (keyof LayerOptions)[] = ["name", "trainable", "inputShape", "batchInputShape"];

/** What a layer is told about the call that it is part of. */
export interface CallContext {
  /** Dropout and its like are at work. */
  readonly training: boolean;
  /** Bool, true where a position counts; the mask of the layer before. */
  readonly mask?: Tensor | undefined;
  /** The number of updates made before this call; random layers draw new numbers for each. */
  readonly step: number;
  /** Takes a scalar that is added to the loss. */
  addLoss?(loss: Tensor): void;
}

const ordinaryInput = "float32";

/** A call outside of training. */
export const inferenceContext: CallContext = { training: false, step: 0 };

/** What a layer gives on: values and the mask that goes with them. */
export interface LayerOutput {
  readonly output: Tensor;
  readonly mask: Tensor | undefined;
}

/**
 * A step of a model: values in, values out, with weights that may be learned. A subclass gives `className`, `call` and
 * `computeOutputShape`, makes its weights in `build` with `addWeight`, and tells its options in `getConfig`.
 */
export abstract class Layer implements Serializable {
  /**
   * The options that the class takes; any where it does not say. A class that extends one that says so, and takes more, names these too:
   * `[...Dense.optionNames, "mine"]`.
   */
  static readonly optionNames?: readonly string[];
  /** The name under which a configuration names this class, as in Keras. Data, since bundlers shorten the names of classes. */
  abstract readonly className: string;
  trainable: boolean;
  /** The shape with a batch axis that this layer announced for its input, or null. */
  readonly batchInputShape: PartialShape | null;
  /** Hands the mask of its input on; a layer that does not, and gets one, says so once. */
  readonly supportsMasking: boolean = false;
  protected activityRegularizer: Regularizer | null = null;
  readonly #givenName: string | undefined;
  #name: string | undefined;
  #built = false;
  readonly #variables: Variable[] = [];
  readonly #layers: Layer[] = [];

  constructor(options: LayerOptions = {}) {
    checkOptions("A layer", options, '{ name: "mine" }');
    if (options.name !== undefined && (typeof options.name !== "string" || options.name === "")) {
      throw new InvalidArgumentError(`\`name\` must be a non-empty string. Received: name=${describeValue(options.name)}.`);
    }
    this.#givenName = options.name;
    this.trainable = checkFlag("trainable", options.trainable ?? true);
    if (options.inputShape) checkExtents("inputShape", options.inputShape);
    if (options.batchInputShape) checkExtents("batchInputShape", options.batchInputShape);
    this.batchInputShape = options.batchInputShape ?? (options.inputShape ? [null, ...options.inputShape] : null);
  }

  /** The layer's name: the given one, or an automatic one. */
  get name(): string {
    this.#name ??= this.#givenName ?? automaticName(this.className);
    return this.#name;
  }

  /** What its input is made of when it is the first layer: `"int32"` for a layer that looks ids up. */
  get inputDType(): "float32" | "int32" {
    return ordinaryInput;
  }

  /** Whether its weights exist. */
  get built(): boolean {
    return this.#built;
  }

  /**
   * The values that the layer gives on.
   *
   * @param inputs - With a batch axis first.
   * @param context - Training or not, mask, step.
   * @returns The output, a tensor of the running scope.
   */
  abstract call(inputs: Tensor, context: CallContext): Tensor;

  /**
   * The shape of what `call` returns.
   *
   * @param inputShape - With a batch axis first; null for extents that are not known.
   * @returns The output's shape.
   */
  abstract computeOutputShape(inputShape: PartialShape): PartialShape;

  /**
   * The options that make an equal layer again.
   *
   * @returns Plain data in camelCase.
   */
  getConfig(): Record<string, unknown> {
    const { name, trainable } = this;
    return { name, trainable, ...(this.batchInputShape && { batchInputShape: this.batchInputShape }) };
  }

  /**
   * The mask that goes with the output.
   *
   * @param _inputs - The layer's input.
   * @param mask - The mask of the input.
   * @returns Bool, true where a position counts; undefined for none.
   */
  computeMask(_inputs: Tensor, mask: Tensor | undefined): Tensor | undefined {
    return this.supportsMasking ? mask : undefined;
  }

  /**
   * The lookups that `call` will make with these inputs, so that their rows can be prepared.
   *
   * @param _inputs - The model's input, where it reaches this layer unchanged.
   * @returns The tables and their ids.
   */
  rowLookups(_inputs: Tensor): readonly RowLookup[] {
    return [];
  }

  /**
   * Checks a model's input as far as this layer can, before any step runs on it.
   *
   * @param _x - All samples.
   */
  checkInput(_x: NDArray): void {
    // Most layers take any numbers.
  }

  /**
   * Makes the weights, once.
   *
   * @param inputShape - With a batch axis first.
   */
  ensureBuilt(inputShape: PartialShape): void {
    if (this.#built) return;
    this.build(inputShape);
    this.#built = true;
  }

  /** Forgets that the layer was built, for a model that has lost its layers. */
  protected markUnbuilt(): void {
    this.#built = false;
  }

  /**
   * Makes the weights; overridden by layers that have some.
   *
   * @param _inputShape - With a batch axis first.
   */
  protected build(_inputShape: PartialShape): void {
    // Layers without weights have nothing to make.
  }

  /**
   * Calls the layer as a part of a model: builds it on the first call, adds its activity loss, hands masks on.
   *
   * @param inputs - With a batch axis first.
   * @param context - Training or not, mask, step.
   * @returns Output and mask.
   */
  apply(inputs: Tensor, context: CallContext = inferenceContext): LayerOutput {
    this.ensureBuilt(inputs.shape.map((extent, axis) => (axis === 0 ? null : extent)));
    this.materialize(inputs.backend);
    const output = this.call(inputs, context);
    if (!((output as unknown) instanceof Tensor)) {
      throw new InvalidArgumentError(
        `The \`call\` of a layer must return a tensor. Received: ${describeValue(output)} from layer "${this.name}" (${this.className}). Return what your last op gave, without await.`,
      );
    }
    if (this.activityRegularizer && context.addLoss) {
      // A penalty on each sample: the sum over the batch is divided by its size.
      context.addLoss(divide(this.activityRegularizer.call(output), Math.max(output.shape[0] ?? 1, 1)));
    }
    return { output, mask: this.computeMask(inputs, context.mask) };
  }

  /** The weights of this layer and of the layers inside of it, each once, in the order in which they were made. */
  get variables(): readonly Variable[] {
    return [...new Set([...this.#variables, ...this.#layers.flatMap((layer) => layer.variables)])];
  }

  /** The weights that training changes, each once, however many layers share it. */
  get trainableVariables(): readonly Variable[] {
    if (!this.trainable) return [];
    const own = this.#variables.filter((variable) => variable.trainable);
    return [...new Set([...own, ...this.#layers.flatMap((layer) => layer.trainableVariables)])];
  }

  /** The weights that training leaves alone. */
  get nonTrainableVariables(): readonly Variable[] {
    const trained = new Set(this.trainableVariables);
    return this.variables.filter((variable) => !trained.has(variable));
  }

  /**
   * The number of weights.
   *
   * @returns How many scalars, trained or not.
   * @throws NotBuiltError before the layer is built.
   */
  countParams(): number {
    if (!this.#built)
      throw new NotBuiltError(
        `You tried to call countParams on layer "${this.name}", but it is not built. Give its model an input shape, or call it on data first.`,
      );
    return this.variables.reduce((total, { size }) => total + size, 0);
  }

  /**
   * The weights' values.
   *
   * @returns Copies, in the order of `variables`; none for a layer that is not built.
   */
  async getWeights(): Promise<NDArray[]> {
    return Promise.all(this.variables.map((variable) => variable.read()));
  }

  /**
   * Replaces the weights' values, all or none.
   *
   * @param weights - One array for each of `variables`, in their order and of their shapes.
   * @throws ShapeMismatchError when number or shape differs, UnsupportedOpError when one is quantized; nothing is changed then.
   */
  setWeights(weights: readonly (NDArray | TypedArray | NestedArray)[]): Promise<void> {
    const { variables } = this;
    const received: unknown = weights;
    if (Array.isArray(received) && !this.#built && variables.length === 0 && received.length > 0) {
      throw new NotBuiltError(
        `The layer "${this.name}" has no weights yet. Give its model an input shape, or call it on data first, then set its weights.`,
      );
    }
    if (!Array.isArray(received) || received.length !== variables.length) {
      throw new ShapeMismatchError(
        `The layer "${this.name}" has ${countOf(variables.length, "weight")}: ${variables.map(({ name, shape }) => `${name} ${formatShape(shape)}`).join(", ") || "none"}. Received: ${Array.isArray(received) ? countOf(received.length, "array") : describeValue(received)}.`,
      );
    }
    for (const variable of variables) variable.checkWritable();
    const values = weights.map((given, index) => {
      const { shape } = variables[index] as Variable;
      const array = given instanceof NDArray ? given : NDArray.from(given, "float32");
      const value = ArrayBuffer.isView(given) && array.size === shape.reduce((a, b) => a * b, 1) ? array.reshape(shape) : array;
      if (!sameShape(value.shape, shape)) {
        throw new ShapeMismatchError(
          `Layer ${this.name} weight shape ${formatShape(shape)} is not compatible with provided weight shape ${formatShape(value.shape)}.`,
        );
      }
      return value;
    });
    variables.forEach((variable, index) => {
      variable.assign(values[index] as NDArray);
    });
    return Promise.resolve();
  }

  /**
   * Puts the weights on a backend, if they are not there already; tables with a `device` go there.
   *
   * @param backend - Where to.
   */
  materialize(backend: Backend): void {
    for (const variable of this.variables) {
      const home = variable.device ?? backend;
      if (variable.backend !== home) variable.materialize(home);
    }
  }

  /** Frees the weights; every later use is a DisposedError. */
  dispose(): void {
    for (const variable of this.variables) variable.dispose();
  }

  /**
   * Makes a weight of this layer.
   *
   * @param options - Its name and shape; initializer, regularizer and constraint as objects, names or configurations.
   * @returns The variable.
   */
  protected addWeight(options: VariableOptions): Variable {
    return this.addVariable(new Variable(options));
  }

  /** Takes a variable that exists into this layer. */
  protected addVariable(variable: Variable): Variable {
    if (variable.path === variable.name) variable.path = `${this.name}/${variable.name}`;
    this.#variables.push(variable);
    return variable;
  }

  /**
   * Takes a layer into this one: its weights are trained, counted, saved and freed with it.
   *
   * @param layer - A layer that `call` uses.
   * @returns The same layer.
   */
  protected addLayer<L extends Layer>(layer: L): L {
    if (!this.#layers.includes(layer)) this.#layers.push(layer);
    return layer;
  }

  /** Lets the last layer that was taken in go. */
  protected removeLastLayer(): void {
    this.#layers.pop();
  }

  /** Reads the option that many layers share. */
  protected setActivityRegularizer(identifier: RegularizerIdentifier | undefined): void {
    this.activityRegularizer = getRegularizer(identifier);
  }
}

function checkExtents(name: string, shape: unknown): void {
  if (Array.isArray(shape) && shape.every((extent) => extent === null || (Number.isInteger(extent) && (extent as number) > 0))) return;
  throw new InvalidArgumentError(
    `\`${name}\` must be an array of positive integers, with null for what is not known yet. Received: ${name}=${describeValue(shape)}.`,
  );
}

/** An object's configuration, or null; for options of `getConfig`. */
export function serializeOrNull(object: Serializable | null): ReturnType<typeof serialize> | null {
  return object ? serialize(object) : null;
}
