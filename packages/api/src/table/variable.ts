import type { Backend } from "../backend/backend.ts";
import { defaultBackend, findDefaultBackend } from "../backend/registry.ts";
import type { DeferredRows } from "./deferred-rows.ts";
import { checkFlag, checkOptions } from "../check-options.ts";
import type { Constraint } from "../constraints/constraint.ts";
import { getConstraint } from "../constraints/constraints.ts";
import type { ConstraintIdentifier } from "../constraints/constraints.ts";
import { DisposedError, InvalidArgumentError, NotBuiltError, ShapeMismatchError, UnsupportedOpError, describeValue } from "../errors.ts";
import { getInitializer } from "../initializers/get-initializer.ts";
import type { InitializerIdentifier } from "../initializers/get-initializer.ts";
import type { Initializer } from "../initializers/initializer.ts";
import type { Regularizer } from "../regularizers/regularizer.ts";
import { getRegularizer } from "../regularizers/regularizers.ts";
import type { RegularizerIdentifier } from "../regularizers/regularizers.ts";
import { NDArray } from "../tensor/ndarray.ts";
import { keep } from "../tensor/scope.ts";
import { formatShape, sameShape, sizeOf } from "../tensor/shape.ts";
import type { Shape } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import { allocateValues } from "./allocate-values.ts";
import { readFloats } from "./quantization/quantize-tensor.ts";
import type { QuantizedTensors } from "./quantization/quantized-tensors.ts";
import type { StoredSelection } from "./stored-rows.ts";

/** Initial values are computed and copied piece by piece, so that a huge table needs no second copy on the host. */
const chunkElements = 1 << 18;

/** Options of a Variable. */
export interface VariableOptions {
  readonly name: string;
  readonly shape: Shape;
  /** `"glorotUniform"`, Keras' default, when left out. */
  readonly initializer?: InitializerIdentifier;
  readonly trainable?: boolean;
  readonly regularizer?: RegularizerIdentifier;
  readonly constraint?: ConstraintIdentifier;
  /** The variable is a table: lookups give it row gradients, and optimizers may touch only these rows. */
  readonly isTable?: boolean;
  /** Where the values live, whatever backend their model runs on; only for tables. */
  readonly device?: Backend | undefined;
}

const optionNames = [
  "name",
  "shape",
  "initializer",
  "trainable",
  "regularizer",
  "constraint",
  "isTable",
  "device",
] as const satisfies readonly (keyof VariableOptions)[];

/**
 * What a layer learns: a float32 tensor with a name and a starting value. It can be described, counted, set and read before any
 * backend exists; it moves to a backend (`materialize`) when one is there and stays on it.
 */
export class Variable {
  /** The weight's own name, e.g. `"kernel"`. */
  readonly name: string;
  /** The owner's name before it, e.g. `"dense/kernel"`; a layer sets it. */
  path: string;
  trainable: boolean;
  readonly initializer: Initializer;
  readonly regularizer: Regularizer | null;
  readonly constraint: Constraint | null;
  readonly isTable: boolean;
  readonly dtype = "float32";
  /** The rows that an optimizer has left behind, if it does that. */
  deferred: DeferredRows | undefined;
  /** Who keeps something for each row, told after each `resize`. */
  readonly onResize: Set<(variable: Variable) => void> = new Set();
  readonly #seed: number;
  #device: Backend | undefined;
  #shape: Shape;
  #pending: NDArray | undefined;
  #value: Tensor | undefined;
  #quantized: QuantizedTensors | undefined;
  #revision = 0;
  readonly #onChange = new Set<() => void>();
  #disposed = false;

  constructor(options: VariableOptions) {
    checkOptions("A weight", options, '{ name: "kernel", shape: [4, 8] }', optionNames);
    this.name = options.name;
    this.path = options.name;
    this.#shape = [...options.shape];
    this.initializer = getInitializer(options.initializer ?? "glorotUniform");
    this.trainable = checkFlag("trainable", options.trainable ?? true);
    this.regularizer = getRegularizer(options.regularizer);
    this.constraint = getConstraint(options.constraint);
    this.constraint?.checkRank?.(options.shape.length);
    this.isTable = checkFlag("isTable", options.isTable ?? false);
    if (options.device) this.device = options.device;
    // Taken now, so that the order in which variables are made decides their values, not the order of their first use.
    this.#seed = this.initializer.resolveSeed();
  }

  /** Its extents. */
  get shape(): Shape {
    return this.#shape;
  }

  /** The number of elements. */
  get size(): number {
    return sizeOf(this.#shape);
  }

  /** Whether its values live on a backend yet. */
  get isMaterialized(): boolean {
    return this.#value !== undefined || this.#quantized !== undefined;
  }

  /** The tensor of its values, for ops; rows that are behind are brought up to date. Throws NotBuiltError before `materialize`, DisposedError after `dispose`, UnsupportedOpError when quantized. */
  get value(): Tensor {
    this.deferred?.settle();
    return this.stored;
  }

  /** The same tensor with its rows as they lie: for who touches rows that are known to be up to date. */
  get stored(): Tensor {
    if (this.#value) return this.#value;
    this.#checkAlive();
    this.checkWritable();
    throw new NotBuiltError(
      `The variable "${this.path}" is not on a backend yet. Call materialize(backend) first, or use it through its layer or table.`,
    );
  }

  /** The backend that holds its values, if one does yet. */
  get backend(): Backend | undefined {
    return (this.#value ?? this.#quantized)?.backend;
  }

  /**
   * Where the values live, whatever backend their model runs on; undefined: where the model runs. Of a table, whose rows a step
   * fetches before it runs. Set it before the values are on a backend.
   *
   * @throws InvalidArgumentError when it is set and the values are elsewhere already, or the variable is no table.
   */
  get device(): Backend | undefined {
    return this.#device;
  }

  set device(device: Backend | undefined) {
    if (device !== undefined && (typeof device as unknown) !== "object") {
      throw new InvalidArgumentError(
        `\`device\` must be a backend. Received: device=${describeValue(device)}. Pass what a factory gives: await createCpuBackend().`,
      );
    }
    if (device && !this.isTable) {
      throw new InvalidArgumentError(
        `Only tables have a \`device\` of their own, since a step fetches their rows before it runs. Received: device="${device.name}" for "${this.path}". Leave \`device\` out.`,
      );
    }
    if (this.backend && device !== this.#device && device !== this.backend) {
      throw new InvalidArgumentError(
        `The variable "${this.path}" lives on the backend "${this.backend.name}". Received: device=${device ? `"${device.name}"` : "undefined"}. Set \`device\` before the weights are used.`,
      );
    }
    this.#device = device;
  }

  /** A number that every change of its values raises, here and by who writes to its tensor: who reads it piece by piece sees that nothing moved. */
  get revision(): number {
    return this.#revision;
  }

  /** To be called by who writes to its tensor. */
  markChanged(): void {
    this.#revision++;
    const listeners = [...this.#onChange];
    this.#onChange.clear();
    for (const tell of listeners) tell();
  }

  /**
   * For who keeps something that was computed from the values.
   *
   * @param tell - Called once, at the next change of the values or when they are disposed.
   */
  onChange(tell: () => void): void {
    this.#onChange.add(tell);
  }

  /** Its rows where they are quantized: they are read only, and take no part in training. */
  get quantized(): QuantizedTensors | undefined {
    return this.#quantized;
  }

  /**
   * Takes quantized rows in place of the values it has. It owns them from now on.
   *
   * @param rows - Rows of its shape.
   */
  become(rows: QuantizedTensors): void {
    this.#checkAlive();
    this.checkWritable();
    this.markChanged();
    this.#value?.dispose();
    this.#value = undefined;
    this.#pending = undefined;
    this.deferred = undefined;
    this.#quantized = rows;
  }

  /** Throws UnsupportedOpError where the values are quantized. */
  checkWritable(): void {
    if (!this.#quantized) return;
    throw new UnsupportedOpError(
      `The rows of "${this.path}" are quantized to ${this.#quantized.kind}: they can be looked up, but neither trained nor set. Keep the float table for that, or make float rows of them with dequantize().`,
    );
  }

  /**
   * Memory on a backend for values that the caller writes at once, all of them: initial values are not computed. For who brings a
   * whole table piece by piece. A variable that is on a backend keeps its memory.
   *
   * @param backend - Where to, unless it is on a backend already; the default backend when left out.
   * @returns The tensor to write to; zeros where the memory is new.
   * @throws UnsupportedOpError when it is quantized.
   */
  overwrite(backend?: Backend): Tensor {
    this.#checkAlive();
    this.checkWritable();
    this.deferred?.settle();
    this.markChanged();
    if (this.#value) return this.#value;
    const target = this.#device ?? backend ?? defaultBackend();
    const value = Tensor.own(target, allocateValues(target, this, this.#shape), this.#shape, "float32");
    this.#pending = undefined;
    this.#value = keep(value);
    return this.#value;
  }

  /**
   * Puts the values on a backend, if they are not there already.
   *
   * @param backend - Where to, unless they have a `device`; the default backend when left out.
   * @returns The tensor of the values.
   * @throws InvalidArgumentError when they live on another backend; UnsupportedOpError when they are quantized.
   */
  materialize(backend?: Backend): Tensor {
    this.#checkAlive();
    const home = this.backend;
    if (home) {
      if (backend && backend !== home && home !== this.#device) {
        throw new InvalidArgumentError(
          `The variable "${this.path}" lives on the backend "${home.name}" and was asked for on "${backend.name}". Move it with getWeights and setWeights on a new layer; for a table that shall stay there, give its layer \`device\`.`,
        );
      }
      return this.stored;
    }
    const target = this.#device ?? backend ?? defaultBackend();
    const value = Tensor.own(target, allocateValues(target, this, this.#shape), this.#shape, "float32");
    try {
      if (this.#pending) {
        if (this.size > 0) target.write(value, this.#pending.data, 0);
      } else {
        this.#writeInitial(value, 0, this.#shape);
      }
    } catch (error) {
      value.dispose();
      throw error;
    }
    this.#pending = undefined;
    this.#value = keep(value);
    return this.#value;
  }

  /**
   * The values on the host.
   *
   * @returns A copy; the initial values where no backend has been at work yet; float32 values of quantized rows.
   */
  async read(): Promise<NDArray> {
    this.#checkAlive();
    if (this.#quantized) return readFloats(this.#quantized);
    if (!this.#value && !this.#pending) {
      if (findDefaultBackend()) this.materialize();
      else this.#pending = this.#initialOnHost();
    }
    return this.#value ? await this.value.read() : (this.#pending as NDArray).astype("float32");
  }

  /**
   * Replaces all values.
   *
   * @param values - Float32-convertible values of exactly this variable's shape.
   * @throws ShapeMismatchError when the shape differs, UnsupportedOpError when quantized; nothing is changed then.
   */
  assign(values: NDArray): void {
    this.#checkAlive();
    this.checkWritable();
    if (!sameShape(values.shape, this.#shape)) {
      throw new ShapeMismatchError(
        `The variable "${this.path}" has the shape ${formatShape(this.#shape)}. Received: values of shape ${formatShape(values.shape)}.`,
      );
    }
    this.deferred?.settle();
    this.markChanged();
    if (!this.#value) this.#pending = values.astype("float32");
    else if (this.size > 0)
      this.#value.backend.write(this.#value, values.dtype === "float32" ? values.data : values.astype("float32").data, 0);
  }

  /**
   * Changes the number of rows. Kept rows keep their values, new rows get initial values of their own.
   *
   * @param rows - The new first extent.
   */
  resize(rows: number): void {
    this.#checkAlive();
    this.checkWritable();
    this.deferred?.settle();
    this.markChanged();
    const shape = this.#shape.with(0, rows);
    const kept = Math.min(this.size, sizeOf(shape));
    if (this.#value) {
      const { backend } = this.#value;
      const next = keep(Tensor.own(backend, allocateValues(backend, this, shape), shape, "float32"));
      backend.copy(this.#value, next, { sourceOffset: 0, targetOffset: 0, length: kept });
      this.#writeInitial(next, kept, shape);
      this.#value.dispose();
      this.#value = next;
    } else if (this.#pending) {
      const data = new Float32Array(sizeOf(shape));
      this.initializer.fill(data.subarray(kept), kept, shape, this.#seed);
      data.set(this.#pending.data.subarray(0, kept));
      this.#pending = new NDArray(data, shape);
    }
    this.#shape = shape;
    for (const tell of this.onResize) tell(this);
  }

  /**
   * Rows as they are after all steps so far, without changing any.
   *
   * @param ids - Valid row numbers.
   * @returns Where to find them: the variable itself, or a copy of rows that were behind.
   */
  currentRows(ids: Int32Array): StoredSelection {
    return this.deferred?.peek(ids) ?? { source: this.#quantized ?? this.stored, ids };
  }

  /** Gives the memory back; every later use is a DisposedError. */
  dispose(): void {
    this.markChanged();
    this.#value?.dispose();
    this.#quantized?.dispose();
    this.#value = undefined;
    this.#quantized = undefined;
    this.#pending = undefined;
    this.deferred = undefined;
    this.onResize.clear();
    this.#disposed = true;
  }

  #initialOnHost(): NDArray {
    const data = new Float32Array(this.size);
    this.initializer.fill(data, 0, this.#shape, this.#seed);
    return new NDArray(data, this.#shape);
  }

  #writeInitial(target: Tensor, from: number, shape: Shape): void {
    const size = sizeOf(shape);
    const chunk = new Float32Array(Math.min(chunkElements, size - from));
    for (let offset = from; offset < size; offset += chunk.length) {
      const part = chunk.subarray(0, Math.min(chunk.length, size - offset));
      this.initializer.fill(part, offset, shape, this.#seed);
      target.backend.write(target, part, offset);
    }
  }

  #checkAlive(): void {
    if (this.#disposed) throw new DisposedError(`The variable "${this.path}" was disposed with its table, layer or model. Make a new one.`);
  }
}
