import { checkOptions } from "../check-options.ts";
import { InvalidArgumentError, describeValue } from "../errors.ts";
import type { Shape } from "../tensor/shape.ts";
import { Initializer, checkMatrix } from "./initializer.ts";

function checkNumber(name: string, value: unknown): number {
  if (typeof value === "number" && !Number.isNaN(value)) return value;
  throw new InvalidArgumentError(`\`${name}\` must be a number. Received: ${name}=${describeValue(value)} (of type ${typeof value}).`);
}

/** Every value 0. */
export class Zeros extends Initializer {
  /** The names of its options. */
  static readonly optionNames: readonly string[] = [];
  readonly className: string = "Zeros";

  constructor(options: object = {}) {
    super();
    checkOptions("Zeros", options, "{}", Zeros.optionNames);
  }

  override fill(out: Float32Array): void {
    out.fill(0);
  }

  override getConfig(): Record<string, unknown> {
    return {};
  }
}

/** Every value 1. */
export class Ones extends Initializer {
  /** The names of its options. */
  static readonly optionNames: readonly string[] = [];
  readonly className: string = "Ones";

  constructor(options: object = {}) {
    super();
    checkOptions("Ones", options, "{}", Ones.optionNames);
  }

  override fill(out: Float32Array): void {
    out.fill(1);
  }

  override getConfig(): Record<string, unknown> {
    return {};
  }
}

/** Options of `Constant`. */
export interface ConstantOptions {
  /** The value. Default 0. */
  readonly value?: number;
}

/** Every value the same number. */
export class Constant extends Initializer {
  /** The names of its options. */
  static readonly optionNames: readonly string[] = ["value"] satisfies (keyof ConstantOptions)[];
  readonly className: string = "Constant";
  readonly value: number;

  constructor(options: ConstantOptions = {}) {
    super();
    checkOptions("Constant", options, "{ value: 0.5 }", Constant.optionNames);
    this.value = checkNumber("value", options.value ?? 0);
  }

  override fill(out: Float32Array): void {
    out.fill(this.value);
  }

  override getConfig(): Record<string, unknown> {
    return { value: this.value };
  }
}

/** Options of `Identity`. */
export interface IdentityOptions {
  /** What stands on the diagonal. Default 1. */
  readonly gain?: number;
}

/** The identity matrix times a number; for variables of rank 2. */
export class Identity extends Initializer {
  /** The names of its options. */
  static readonly optionNames: readonly string[] = ["gain"] satisfies (keyof IdentityOptions)[];
  readonly className: string = "Identity";
  readonly gain: number;

  constructor(options: IdentityOptions = {}) {
    super();
    checkOptions("Identity", options, "{ gain: 1 }", Identity.optionNames);
    this.gain = checkNumber("gain", options.gain ?? 1);
  }

  override fill(out: Float32Array, offset: number, shape: Shape): void {
    const [rows, columns] = checkMatrix(this.className, shape);
    out.fill(0);
    const diagonal = Math.min(rows, columns);
    for (let i = Math.ceil(offset / (columns + 1)); i < diagonal; i++) {
      const at = i * (columns + 1) - offset;
      if (at >= out.length) break;
      out[at] = this.gain;
    }
  }

  override getConfig(): Record<string, unknown> {
    return { gain: this.gain };
  }
}
