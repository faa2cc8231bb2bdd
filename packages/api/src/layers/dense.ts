import { checkFlag, checkOptions } from "../check-options.ts";
import { activationName, getActivation } from "../activations/index.ts";
import type { Activation as ActivationFunction, ActivationIdentifier } from "../activations/index.ts";
import { getConstraint } from "../constraints/index.ts";
import type { Constraint, ConstraintIdentifier } from "../constraints/index.ts";
import { InvalidArgumentError, NotBuiltError, ShapeMismatchError } from "../errors.ts";
import { getInitializer } from "../initializers/index.ts";
import type { Initializer, InitializerIdentifier } from "../initializers/index.ts";
import { add } from "../ops/arithmetic.ts";
import { matmul } from "../ops/matmul.ts";
import { reshape } from "../ops/shaping.ts";
import { getRegularizer } from "../regularizers/index.ts";
import type { Regularizer, RegularizerIdentifier } from "../regularizers/index.ts";
import { serialize } from "../serialized.ts";
import type { Variable } from "../table/variable.ts";
import { checkPositiveInteger, formatShape } from "../tensor/shape.ts";
import type { PartialShape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Layer, layerOptionNames, serializeOrNull } from "./layer.ts";
import type { LayerOptions } from "./layer.ts";

/** Options of Dense. */
export interface DenseOptions extends LayerOptions {
  /** The number of outputs. */
  readonly units: number;
  readonly activation?: ActivationIdentifier;
  readonly useBias?: boolean;
  /** `"glorotUniform"` when left out. */
  readonly kernelInitializer?: InitializerIdentifier;
  /** `"zeros"` when left out. */
  readonly biasInitializer?: InitializerIdentifier;
  readonly kernelRegularizer?: RegularizerIdentifier;
  readonly biasRegularizer?: RegularizerIdentifier;
  readonly activityRegularizer?: RegularizerIdentifier;
  readonly kernelConstraint?: ConstraintIdentifier;
  readonly biasConstraint?: ConstraintIdentifier;
}

const denseOptionNames = [
  ...layerOptionNames,
  "units",
  "activation",
  "useBias",
  "kernelInitializer",
  "biasInitializer",
  "kernelRegularizer",
  "biasRegularizer",
  "activityRegularizer",
  "kernelConstraint",
  "biasConstraint",
] as const satisfies readonly (keyof DenseOptions)[];

/** `activation(x · kernel + bias)` over the last axis: `[..., inputs]` to `[..., units]`. */
export class Dense extends Layer {
  static override readonly optionNames: readonly string[] = denseOptionNames;
  readonly className = "Dense";
  readonly units: number;
  readonly activation: ActivationFunction;
  readonly useBias: boolean;
  readonly kernelInitializer: Initializer;
  readonly biasInitializer: Initializer;
  readonly kernelRegularizer: Regularizer | null;
  readonly biasRegularizer: Regularizer | null;
  readonly kernelConstraint: Constraint | null;
  readonly biasConstraint: Constraint | null;
  override readonly supportsMasking = true;
  #kernel: Variable | undefined;
  #bias: Variable | undefined;

  /** @param options - `units`; the rest as in Keras. */
  constructor(options: DenseOptions) {
    checkOptions("Dense", options, "{ units: 8 }, not 8", new.target.optionNames);
    super(options);
    this.units = checkPositiveInteger("units", options.units);
    this.activation = getActivation(options.activation);
    this.useBias = checkFlag("useBias", options.useBias ?? true);
    this.kernelInitializer = getInitializer(options.kernelInitializer ?? "glorotUniform");
    this.biasInitializer = getInitializer(options.biasInitializer ?? "zeros");
    this.kernelRegularizer = getRegularizer(options.kernelRegularizer);
    this.biasRegularizer = getRegularizer(options.biasRegularizer);
    this.setActivityRegularizer(options.activityRegularizer);
    this.kernelConstraint = getConstraint(options.kernelConstraint);
    this.biasConstraint = getConstraint(options.biasConstraint);
  }

  protected override build(inputShape: PartialShape): void {
    const inputs = inputShape.at(-1);
    if (inputs === null || inputs === undefined || inputShape.length < 2) {
      throw new ShapeMismatchError(
        `The layer "${this.name}" needs an input of rank 2 or more whose last axis is known. Received: input shape ${formatShape(inputShape)}. Give the length of the sequences with inputLength or an input shape.`,
      );
    }
    this.#kernel = this.addWeight({
      name: "kernel",
      shape: [inputs, this.units],
      initializer: this.kernelInitializer,
      regularizer: this.kernelRegularizer,
      constraint: this.kernelConstraint,
    });
    if (!this.useBias) return;
    this.#bias = this.addWeight({
      name: "bias",
      shape: [this.units],
      initializer: this.biasInitializer,
      regularizer: this.biasRegularizer,
      constraint: this.biasConstraint,
    });
  }

  /** @returns `[..., units]`. */
  call(inputs: Tensor): Tensor {
    const kernel = this.#kernel;
    if (!kernel) throw new NotBuiltError(`The layer "${this.name}" is not built. Call it through apply, or build its model first.`);
    const expected = kernel.shape[0] as number;
    if (inputs.shape.at(-1) !== expected) {
      throw new ShapeMismatchError(
        `Input 0 of layer "${this.name}" is incompatible with the layer: expected axis -1 of input shape to have value ${expected}, but received input with shape ${formatShape(inputs.shape)}.`,
      );
    }
    // One long matrix instead of a batch of short ones.
    const flat = inputs.rank === 2 ? inputs : reshape(inputs, [-1, expected]);
    const product = matmul(flat, kernel.value);
    const sum = this.#bias ? add(product, this.#bias.value) : product;
    const output = inputs.rank === 2 ? sum : reshape(sum, [...inputs.shape.slice(0, -1), this.units]);
    return this.activation(output);
  }

  /** @returns The input's shape with `units` as its last axis. */
  computeOutputShape(inputShape: PartialShape): PartialShape {
    return [...inputShape.slice(0, -1), this.units];
  }

  /** @returns The options that make an equal layer again. */
  override getConfig(): Record<string, unknown> {
    const activation = activationName(this.activation);
    if (activation === undefined) {
      throw new InvalidArgumentError(
        `The activation of layer "${this.name}" is a function of your own, which no configuration can hold. Use a named activation, or an Activation layer that you register.`,
      );
    }
    return {
      ...super.getConfig(),
      units: this.units,
      activation,
      useBias: this.useBias,
      kernelInitializer: serialize(this.kernelInitializer),
      biasInitializer: serialize(this.biasInitializer),
      kernelRegularizer: serializeOrNull(this.kernelRegularizer),
      biasRegularizer: serializeOrNull(this.biasRegularizer),
      activityRegularizer: serializeOrNull(this.activityRegularizer),
      kernelConstraint: serializeOrNull(this.kernelConstraint),
      biasConstraint: serializeOrNull(this.biasConstraint),
    };
  }
}
