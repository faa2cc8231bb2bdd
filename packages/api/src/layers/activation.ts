import { checkOptions } from "../check-options.ts";
import { activationName, getActivation } from "../activations/index.ts";
import type { Activation as ActivationFunction, ActivationIdentifier } from "../activations/index.ts";
import { InvalidArgumentError } from "../errors.ts";
import type { PartialShape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Layer, layerOptionNames } from "./layer.ts";
import type { LayerOptions } from "./layer.ts";

/** Options of Activation. */
export interface ActivationOptions extends LayerOptions {
  readonly activation: ActivationIdentifier;
}

const activationOptionNames = [...layerOptionNames, "activation"] as const satisfies readonly (keyof ActivationOptions)[];

/** Applies an activation function. */
export class Activation extends Layer {
  static override readonly optionNames: readonly string[] = activationOptionNames;
  readonly className = "Activation";
  readonly activation: ActivationFunction;
  override readonly supportsMasking = true;

  /** @param options - `activation`; a bare name or function is the activation. */
  constructor(options: ActivationOptions | string | ActivationFunction) {
    const given: ActivationOptions = typeof options === "object" ? options : { activation: options };
    checkOptions("Activation", given, '{ activation: "relu" }', new.target.optionNames);
    super(given);
    this.activation = getActivation(given.activation);
  }

  /** @returns The input's shape. */
  call(inputs: Tensor): Tensor {
    return this.activation(inputs);
  }

  /** @returns The input's shape. */
  computeOutputShape(inputShape: PartialShape): PartialShape {
    return inputShape;
  }

  /** @returns The options that make an equal layer again. */
  override getConfig(): Record<string, unknown> {
    const activation = activationName(this.activation);
    if (activation === undefined)
      throw new InvalidArgumentError(
        `The activation of layer "${this.name}" is a function of your own, which no configuration can hold. Use a named activation.`,
      );
    return { ...super.getConfig(), activation };
  }
}
