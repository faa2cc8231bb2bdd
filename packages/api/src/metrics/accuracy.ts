import { checkOptions } from "../check-options.ts";
import { classNumbers } from "../losses/crossentropy.ts";
import { alignTargets } from "../losses/loss.ts";
import { cast } from "../ops/cast.ts";
import { equal, greater } from "../ops/comparison.ts";
import { argmax } from "../ops/reduction.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Metric } from "./metric.ts";

/** A share of right answers: larger is better. */
abstract class Accuracy extends Metric {
  override get direction(): "up" {
    return "up";
  }
}

/** How often a probability lies on the right side of a threshold. */
export class BinaryAccuracy extends Accuracy {
  /** The names of its options. */
  static readonly optionNames: readonly string[] = ["threshold", "name"];
  readonly className = "BinaryAccuracy";
  readonly threshold: number;

  /** @param options - `threshold` 0.5 (a prediction must be above it), `name`. */
  constructor(options: { readonly threshold?: number; readonly name?: string } = {}) {
    super(options.name ?? "binary_accuracy");
    checkOptions("BinaryAccuracy", options, "{ threshold: 0.5 }", BinaryAccuracy.optionNames);
    this.threshold = options.threshold ?? 0.5;
  }

  /** @returns 1 where right, 0 where wrong; the predictions' shape. */
  call(yTrue: Tensor, yPred: Tensor): Tensor {
    const [target, prediction] = alignTargets(yTrue, yPred);
    return cast(equal(target, cast(greater(prediction, this.threshold), "float32")), "float32");
  }

  /** @returns The options that make an equal metric again. */
  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), threshold: this.threshold };
  }
}

/** How often the largest of several outputs is the one that a one-hot target names. */
export class CategoricalAccuracy extends Accuracy {
  /** The names of its options. */
  static readonly optionNames: readonly string[] = ["name"];
  readonly className = "CategoricalAccuracy";

  /** @param options - `name`. */
  constructor(options: { readonly name?: string } = {}) {
    super(options.name ?? "categorical_accuracy");
    checkOptions("CategoricalAccuracy", options, '{ name: "accuracy" }', CategoricalAccuracy.optionNames);
  }

  /** @returns 1 where right, 0 where wrong; the predictions' shape without its last axis. */
  call(yTrue: Tensor, yPred: Tensor): Tensor {
    return cast(equal(argmax(yTrue, -1), argmax(yPred, -1)), "float32");
  }
}

/** How often the largest of several outputs is the one whose number the target is. */
export class SparseCategoricalAccuracy extends Accuracy {
  /** The names of its options. */
  static readonly optionNames: readonly string[] = ["name"];
  readonly className = "SparseCategoricalAccuracy";

  /** @param options - `name`. */
  constructor(options: { readonly name?: string } = {}) {
    super(options.name ?? "sparse_categorical_accuracy");
    checkOptions("SparseCategoricalAccuracy", options, '{ name: "accuracy" }', SparseCategoricalAccuracy.optionNames);
  }

  /** @returns 1 where right, 0 where wrong; the predictions' shape without its last axis. */
  call(yTrue: Tensor, yPred: Tensor): Tensor {
    return cast(equal(classNumbers(yTrue, yPred), argmax(yPred, -1)), "float32");
  }
}
