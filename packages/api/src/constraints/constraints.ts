/** Keras' constraints (keras/src/constraints/constraints.py). `axis` is the axis over which a norm is taken: 1 for the rows of a table. */
import { checkOptions, pickOptions } from "../check-options.ts";
import { InvalidArgumentError, describeValue } from "../errors.ts";
import { lookupName } from "../names.ts";
import { add, divide, multiply } from "../ops/arithmetic.ts";
import { cast } from "../ops/cast.ts";
import { clip } from "../ops/clip.ts";
import { greaterEqual } from "../ops/comparison.ts";
import { sum } from "../ops/reduction.ts";
import { sqrt, square } from "../ops/unary.ts";
import { readSerialized } from "../serialized.ts";
import type { Serialized } from "../serialized.ts";
import { normalizeAxes } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Constraint } from "./constraint.ts";

/** keras.backend.epsilon(): keeps a division by a norm of 0 finite. */
const epsilon = 1e-7;

type Axis = number | readonly number[];

function norms(w: Tensor, axis: Axis): Tensor {
  return sqrt(sum(square(w), axis, { keepDims: true }));
}

function isRowAxis(axis: Axis): boolean {
  // Any other axis, also one that a matrix does not have, is not for the rows of a table.
  return [axis].flat().every((one) => one === 1 || one === -1);
}

function checkNumber(name: string, value: unknown): number {
  if (typeof value === "number" && value >= 0) return value;
  throw new InvalidArgumentError(`\`${name}\` must be a non-negative number. Received: ${name}=${describeValue(value)}.`);
}

/** The rank of the weight is not known yet: `checkRank` asks whether the axis lies inside. */
function checkAxis(axis: unknown): Axis {
  const axes: readonly unknown[] = Array.isArray(axis) ? axis : [axis];
  if (axes.length > 0 && axes.every((one) => Number.isInteger(one))) return axis as Axis;
  throw new InvalidArgumentError(`\`axis\` must be an integer or an array of integers. Received: axis=${describeValue(axis)}.`);
}

/** `w * clip(‖w‖, 0, maxValue) / (ε + ‖w‖)`. */
export class MaxNorm implements Constraint {
  /** The names of its options. */
  static readonly optionNames: readonly string[] = ["maxValue", "axis"];
  readonly className = "MaxNorm";
  readonly maxValue: number;
  readonly axis: Axis;

  /** @param options - `maxValue` 2, `axis` 0 unless given; a bare number is `maxValue`. */
  constructor(options: { readonly maxValue?: number; readonly axis?: Axis } | number = {}) {
    if (typeof options !== "number") checkOptions("MaxNorm", options, "{ maxValue: 2, axis: 1 }", MaxNorm.optionNames);
    const { maxValue, axis } = typeof options === "number" ? { maxValue: options } : options;
    this.maxValue = checkNumber("maxValue", maxValue ?? 2);
    this.axis = checkAxis(axis ?? 0);
  }

  /** Whether each row of a table is projected by itself. */
  get isRowwise(): boolean {
    return isRowAxis(this.axis);
  }

  /** Throws InvalidArgumentError when a weight of this rank has no such axis. */
  checkRank(rank: number): void {
    normalizeAxes(this.axis, rank);
  }

  /**
   * The projection.
   *
   * @param w - Float32.
   * @returns The same shape.
   */
  call(w: Tensor): Tensor {
    const norm = norms(w, this.axis);
    return multiply(w, divide(clip(norm, 0, this.maxValue), add(norm, epsilon)));
  }

  /** @returns The options. */
  getConfig(): Record<string, unknown> {
    return { maxValue: this.maxValue, axis: this.axis };
  }
}

/** `w / (ε + ‖w‖)`. */
export class UnitNorm implements Constraint {
  /** The names of its options. */
  static readonly optionNames: readonly string[] = ["axis"];
  readonly className = "UnitNorm";
  readonly axis: Axis;

  /** @param options - `axis` 0 unless given. */
  constructor(options: { readonly axis?: Axis } = {}) {
    checkOptions("UnitNorm", options, "{ axis: 1 }", UnitNorm.optionNames);
    this.axis = checkAxis(options.axis ?? 0);
  }

  /** Whether each row of a table is projected by itself. */
  get isRowwise(): boolean {
    return isRowAxis(this.axis);
  }

  /** Throws InvalidArgumentError when a weight of this rank has no such axis. */
  checkRank(rank: number): void {
    normalizeAxes(this.axis, rank);
  }

  /**
   * The projection.
   *
   * @param w - Float32.
   * @returns The same shape.
   */
  call(w: Tensor): Tensor {
    return divide(w, add(norms(w, this.axis), epsilon));
  }

  /** @returns The options. */
  getConfig(): Record<string, unknown> {
    return { axis: this.axis };
  }
}

/** Negative values become 0. */
export class NonNeg implements Constraint {
  /** The names of its options. */
  static readonly optionNames: readonly string[] = [];
  readonly className = "NonNeg";
  readonly isRowwise = true;

  /** @param options - It has none. */
  constructor(options: object = {}) {
    checkOptions("NonNeg", options, "{}", NonNeg.optionNames);
  }

  /**
   * The projection.
   *
   * @param w - Float32.
   * @returns The same shape.
   */
  call(w: Tensor): Tensor {
    return multiply(w, cast(greaterEqual(w, 0), "float32"));
  }

  /** @returns No options. */
  getConfig(): Record<string, unknown> {
    return {};
  }
}

/** `w * (rate clip(‖w‖, min, max) + (1 - rate) ‖w‖) / (ε + ‖w‖)`. */
export class MinMaxNorm implements Constraint {
  /** The names of its options. */
  static readonly optionNames: readonly string[] = ["minValue", "maxValue", "rate", "axis"];
  readonly className = "MinMaxNorm";
  readonly minValue: number;
  readonly maxValue: number;
  readonly rate: number;
  readonly axis: Axis;

  /** @param options - `minValue` 0, `maxValue` 1, `rate` 1, `axis` 0 unless given. */
  constructor(options: { readonly minValue?: number; readonly maxValue?: number; readonly rate?: number; readonly axis?: Axis } = {}) {
    checkOptions("MinMaxNorm", options, "{ minValue: 0, maxValue: 1 }", MinMaxNorm.optionNames);
    this.minValue = checkNumber("minValue", options.minValue ?? 0);
    this.maxValue = checkNumber("maxValue", options.maxValue ?? 1);
    if (this.minValue > this.maxValue) {
      throw new InvalidArgumentError(
        `\`minValue\` must not be larger than \`maxValue\`. Received: minValue=${this.minValue}, maxValue=${this.maxValue}.`,
      );
    }
    this.rate = checkNumber("rate", options.rate ?? 1);
    this.axis = checkAxis(options.axis ?? 0);
  }

  /** Whether each row of a table is projected by itself. */
  get isRowwise(): boolean {
    return isRowAxis(this.axis);
  }

  /** Throws InvalidArgumentError when a weight of this rank has no such axis. */
  checkRank(rank: number): void {
    normalizeAxes(this.axis, rank);
  }

  /**
   * The projection.
   *
   * @param w - Float32.
   * @returns The same shape.
   */
  call(w: Tensor): Tensor {
    const norm = norms(w, this.axis);
    const desired = add(multiply(clip(norm, this.minValue, this.maxValue), this.rate), multiply(norm, 1 - this.rate));
    return multiply(w, divide(desired, add(norm, epsilon)));
  }

  /** @returns The options. */
  getConfig(): Record<string, unknown> {
    return { minValue: this.minValue, maxValue: this.maxValue, rate: this.rate, axis: this.axis };
  }
}

/** A constraint, its name, what `serialize` or Keras wrote, or null for none. */
export type ConstraintIdentifier = Constraint | string | Serialized | null;

interface ConstraintClass {
  new (options: Readonly<Record<string, unknown>>): Constraint;
  readonly optionNames: readonly string[];
}

const constraints: ReadonlyMap<string, ConstraintClass> = new Map<string, ConstraintClass>([
  ["maxNorm", MaxNorm],
  ["unitNorm", UnitNorm],
  ["nonNeg", NonNeg],
  ["minMaxNorm", MinMaxNorm],
]);

/**
 * The constraint that is meant.
 *
 * @param identifier - A constraint (returned as it is), a name such as `"maxNorm"`, a configuration, or null.
 * @returns The constraint or null.
 * @throws UnknownNameError when there is none of that name.
 */
export function getConstraint(identifier: ConstraintIdentifier | undefined): Constraint | null {
  if (identifier === null || identifier === undefined) return null;
  if (typeof identifier === "object" && "call" in identifier) return identifier;
  const { className, config } =
    typeof identifier === "string" ? { className: identifier, config: {} } : readSerialized("constraint", identifier);
  const found = lookupName("constraint", className, constraints);
  return new found(pickOptions(config, found.optionNames));
}
