import { checkOptions, pickOptions } from "../check-options.ts";
import { InvalidArgumentError, describeValue } from "../errors.ts";
import { lookupName } from "../names.ts";
import { add, multiply } from "../ops/arithmetic.ts";
import { sum } from "../ops/reduction.ts";
import { abs, square } from "../ops/unary.ts";
import { readSerialized } from "../serialized.ts";
import type { Serialized } from "../serialized.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Regularizer } from "./regularizer.ts";

/** Keras' default coefficient. */
const defaultCoefficient = 0.01;

function checkCoefficient(name: string, value: unknown): number {
  if (typeof value === "number" && value >= 0 && value < Infinity) return value;
  throw new InvalidArgumentError(`\`${name}\` must be a non-negative number. Received: ${name}=${describeValue(value)}.`);
}

/** The coefficient of a regularizer that has one: a bare number, or its option. */
function coefficientOf<K extends "l1" | "l2">(name: K, options: number | Readonly<Partial<Record<K, number | null>>>): number {
  if (typeof options === "number") return options;
  checkOptions(name.toUpperCase(), options, `{ ${name}: 0.01 }`, [name]);
  return options[name] ?? defaultCoefficient;
}

/** `l1 Σ|w| + l2 Σw²`; Keras' formula, without the ½ that others put before the square. */
export class L1L2 implements Regularizer {
  /** The names of its options. */
  static readonly optionNames: readonly string[] = ["l1", "l2"];
  readonly className: string = "L1L2";
  readonly l1: number;
  readonly l2: number;

  /** @param options - The two coefficients, 0 when left out. */
  constructor(options: { readonly l1?: number | null; readonly l2?: number | null } = {}) {
    checkOptions("L1L2", options, "{ l1: 0.01, l2: 0.01 }", L1L2.optionNames);
    this.l1 = checkCoefficient("l1", options.l1 ?? 0);
    this.l2 = checkCoefficient("l2", options.l2 ?? 0);
  }

  /**
   * The penalty.
   *
   * @param x - Float32, any shape.
   * @returns A scalar tensor.
   */
  call(x: Tensor): Tensor {
    const terms: Tensor[] = [];
    if (this.l1 > 0) terms.push(multiply(sum(abs(x)), this.l1));
    if (this.l2 > 0) terms.push(multiply(sum(square(x)), this.l2));
    return terms.length > 0 ? terms.reduce((a, b) => add(a, b)) : multiply(sum(x), 0);
  }

  /** @returns The coefficients. */
  getConfig(): Record<string, unknown> {
    return { l1: this.l1, l2: this.l2 };
  }
}

/** `l1 Σ|w|`, 0.01 unless given. */
export class L1 extends L1L2 {
  /** The names of its options. */
  static override readonly optionNames: readonly string[] = ["l1"];
  override readonly className: string = "L1";

  /** @param options - The coefficient; a bare number is it. */
  constructor(options: { readonly l1?: number | null } | number = {}) {
    super({ l1: coefficientOf("l1", options) });
  }

  /** @returns The coefficient. */
  override getConfig(): Record<string, unknown> {
    return { l1: this.l1 };
  }
}

/** `l2 Σw²`, 0.01 unless given. */
export class L2 extends L1L2 {
  /** The names of its options. */
  static override readonly optionNames: readonly string[] = ["l2"];
  override readonly className: string = "L2";

  /** @param options - The coefficient; a bare number is it. */
  constructor(options: { readonly l2?: number | null } | number = {}) {
    super({ l2: coefficientOf("l2", options) });
  }

  /** @returns The coefficient. */
  override getConfig(): Record<string, unknown> {
    return { l2: this.l2 };
  }
}

/** A regularizer, its name, what `serialize` or Keras wrote, or null for none. */
export type RegularizerIdentifier = Regularizer | string | Serialized | null;

interface RegularizerClass {
  new (options: Readonly<Record<string, unknown>>): Regularizer;
  readonly optionNames: readonly string[];
}

const regularizers: ReadonlyMap<string, RegularizerClass> = new Map<string, RegularizerClass>([
  ["l1", L1],
  ["l2", L2],
  // Keras' string "l1_l2" stands for both coefficients at their default.
  ["l1l2", L1L2],
]);

/**
 * The regularizer that is meant.
 *
 * @param identifier - A regularizer (returned as it is), a name such as `"l2"`, a configuration, or null.
 * @returns The regularizer or null.
 * @throws UnknownNameError when there is none of that name.
 */
export function getRegularizer(identifier: RegularizerIdentifier | undefined): Regularizer | null {
  if (identifier === null || identifier === undefined) return null;
  if (typeof identifier === "object" && "call" in identifier) return identifier;
  const { className, config } =
    typeof identifier === "string"
      ? { className: identifier, config: { l1: defaultCoefficient, l2: defaultCoefficient } }
      : readSerialized("regularizer", identifier);
  const found = lookupName("regularizer", className, regularizers);
  return new found(pickOptions(config, found.optionNames));
}
