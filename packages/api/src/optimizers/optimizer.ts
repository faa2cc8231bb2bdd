import type { Backend } from "../backend/backend.ts";
import { fill } from "../backend/defaults.ts";
import { slotNames } from "../backend/rule.ts";
import type { UpdateRule } from "../backend/rule.ts";
import { InvalidArgumentError, ShapeMismatchError, describeValue } from "../errors.ts";
import type { Gradient } from "../ops/tape.ts";
import type { Serializable } from "../serialized.ts";
import { isRowGradient, spreadRows } from "../table/row-gradient.ts";
import type { Variable } from "../table/variable.ts";
import { Arena, keep } from "../tensor/scope.ts";
import { sameShape } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import { warnOnce } from "../warnings.ts";
import { constrainRows, constrainAll } from "./constrain.ts";
import { clipGradients } from "./clip.ts";
import type { ClipOptions } from "./clip.ts";
import type { LearningRateSchedule } from "./schedule.ts";

/**
 * What happens to the rows of a table that a step does not touch.
 *
 * - `"exact"` (the default): what Keras does to them, so that the numbers are Keras' own.
 * - `"lazy"`: nothing, not even the decay of their moments; PyTorch's SparseAdam, TensorFlow Addons' LazyAdam.
 * - `"dense"`: the whole table is swept at each step, as Keras does it.
 */
export type SparseUpdate = "exact" | "lazy" | "dense";

/** Options that every optimizer takes. */
export interface OptimizerOptions extends ClipOptions {
  /** A positive number, or a schedule over updates. */
  readonly learningRate?: number | LearningRateSchedule;
  /** Decoupled weight decay: before each update `w -= w * weightDecay * learningRate`. */
  readonly weightDecay?: number | null;
  /** What happens to the rows of a table that a step does not touch. */
  readonly sparseUpdate?: SparseUpdate;
  readonly name?: string;
}

const sparseUpdates: readonly SparseUpdate[] = ["exact", "lazy", "dense"];

/** Turns gradients into updates. The formulas are rules (data) that the backend executes; this class keeps what they need between steps. */
export abstract class Optimizer implements Serializable {
  /** The name under which a configuration names this class, as in Keras. */
  abstract readonly className: string;
  readonly name: string;
  learningRate: number | LearningRateSchedule;
  readonly weightDecay: number | null;
  readonly clipnorm: number | null;
  readonly clipvalue: number | null;
  readonly globalClipnorm: number | null;
  readonly sparseUpdate: SparseUpdate;
  /** The number of updates made so far. */
  iterations = 0;
  readonly #slots = new Map<Variable, Tensor[]>();

  protected constructor(name: string, defaultRate: number, options: OptimizerOptions) {
    this.name = options.name ?? name;
    this.learningRate = options.learningRate ?? defaultRate;
    this.weightDecay = options.weightDecay ?? null;
    this.clipnorm = options.clipnorm ?? null;
    this.clipvalue = options.clipvalue ?? null;
    this.globalClipnorm = options.globalClipnorm ?? null;
    this.sparseUpdate = options.sparseUpdate ?? "exact";
    checkRate(this.learningRate);
    checkClips(this);
    if (this.weightDecay !== null) checkFraction("weightDecay", this.weightDecay, Infinity);
    if (!sparseUpdates.includes(this.sparseUpdate)) {
      throw new InvalidArgumentError(
        `\`sparseUpdate\` must be one of ${sparseUpdates.join(", ")}. Received: sparseUpdate=${describeValue(this.sparseUpdate)}.`,
      );
    }
  }

  /**
   * The rule of one update.
   *
   * @param step - The number of this update, from 1.
   * @param learningRate - The rate of this update.
   * @param decay - The factor of decoupled weight decay.
   * @returns Data for the backend.
   */
  abstract rule(step: number, learningRate: number, decay: number): UpdateRule;

  /** With which value a slot starts; 0 unless a rule says otherwise. */
  protected slotStart(): number {
    return 0;
  }

  /** The learning rate of the next update. */
  get currentLearningRate(): number {
    return typeof this.learningRate === "number" ? this.learningRate : this.learningRate.call(this.iterations);
  }

  /**
   * One update of all variables that have a gradient.
   *
   * @param gradients - From GradientTape.gradient: a tensor, the rows of a table, or null for variables that the loss does not reach.
   * @param variables - The variables, in the same order.
   * @throws ShapeMismatchError when the lists differ in length; InvalidArgumentError when no variable has a gradient.
   */
  apply(gradients: readonly (Gradient | null)[], variables: readonly Variable[]): Promise<void> {
    if (gradients.length !== variables.length) {
      throw new ShapeMismatchError(
        `\`gradients\` and \`variables\` must have the same length. Received: ${gradients.length} and ${variables.length}.`,
      );
    }
    const pairs = variables.flatMap((variable, index) => {
      const gradient = gradients[index];
      return gradient ? [{ variable, gradient }] : [];
    });
    if (pairs.length === 0) {
      throw new InvalidArgumentError(
        `No gradients provided for any variable. Received: ${variables.map(({ path }) => path).join(", ") || "no variables"}. The loss must depend on at least one trainable variable.`,
      );
    }
    const arena = new Arena();
    try {
      arena.run(() => {
        const learningRate = this.currentLearningRate;
        const rule = this.rule(this.iterations + 1, learningRate, (this.weightDecay ?? 0) * learningRate);
        const clipped = clipGradients(
          pairs.map(({ gradient }) => (isRowGradient(gradient) ? gradient.values : gradient)),
          this,
        );
        pairs.forEach(({ variable, gradient }, index) => {
          const values = clipped[index] as Tensor;
          this.#update(rule, variable, isRowGradient(gradient) ? { ...gradient, values } : values);
        });
      });
      this.iterations++;
    } finally {
      arena.release();
    }
    return Promise.resolve();
  }

  /**
   * The state beside a variable, made at its first use.
   *
   * @param variable - A variable on a backend.
   * @returns Slots by `slotNames` of the rule, each of the variable's shape.
   */
  slotsOf(variable: Variable): readonly Tensor[] {
    const names = slotNames(this.rule(1, 0, 0));
    const known = this.#slots.get(variable);
    if (known?.every((slot) => sameShape(slot.shape, variable.shape)) === true) return known;
    const { backend } = variable.value;
    const slots = names.map((_, index) => this.#makeSlot(backend, variable, known?.[index]));
    for (const slot of known ?? []) slot.dispose();
    this.#slots.set(variable, slots);
    return slots;
  }

  /**
   * The size of the state, as Keras counts it: iterations (int64), learning rate (float32) and the slots.
   *
   * @param variables - The variables that are or will be trained.
   * @returns Elements and bytes.
   */
  stateSize(variables: readonly Variable[]): { count: number; bytes: number } {
    const slots = slotNames(this.rule(1, 0, 0)).length * variables.reduce((total, { size }) => total + size, 0);
    return { count: slots + 2, bytes: slots * 4 + 12 };
  }

  /** Whether any state has been made. */
  get isBuilt(): boolean {
    return this.#slots.size > 0;
  }

  /**
   * The options that make an equal optimizer again.
   *
   * @returns Plain data in camelCase; a schedule stays an object.
   */
  getConfig(): Record<string, unknown> {
    const { name, learningRate, weightDecay, clipnorm, globalClipnorm, clipvalue, sparseUpdate } = this;
    return { name, learningRate, weightDecay, clipnorm, globalClipnorm, clipvalue, sparseUpdate };
  }

  /** Frees the state. The next update starts with a fresh one. */
  dispose(): void {
    for (const slots of this.#slots.values()) for (const slot of slots) slot.dispose();
    this.#slots.clear();
  }

  #update(rule: UpdateRule, variable: Variable, gradient: Gradient): void {
    const target = variable.value;
    const { backend } = target;
    const slots = this.slotsOf(variable);
    if (isRowGradient(gradient) && !this.#needsEveryRow(rule, variable)) {
      backend.update({ rule, target, slots, gradient: gradient.values, ids: gradient.plan.unique });
      if (variable.constraint) constrainRows(variable, gradient.plan.unique);
      return;
    }
    backend.update({
      rule,
      target,
      slots,
      gradient: isRowGradient(gradient) ? spreadRows(variable, gradient) : gradient,
    });
    if (variable.constraint) constrainAll(variable);
  }

  /** Rows without a gradient are left alone where that is the same, or where the user asked for it. */
  #needsEveryRow(rule: UpdateRule, variable: Variable): boolean {
    if (variable.constraint && !variable.constraint.isRowwise) {
      warnOnce(
        `The constraint ${variable.constraint.className} of "${variable.path}" is not per row (axis 1), so every update sweeps the whole table.`,
      );
      return true;
    }
    if (this.sparseUpdate === "lazy") return false;
    if (this.sparseUpdate === "dense" || rule.decay !== 0) return true;
    // Plain SGD and Adagrad do not move a row whose gradient is zero.
    return !(rule.kind === "adagrad" || (rule.kind === "sgd" && rule.momentum === 0));
  }

  #makeSlot(backend: Backend, variable: Variable, before: Tensor | undefined): Tensor {
    const slot = keep(Tensor.own(backend, backend.allocate("float32", variable.size), variable.shape, "float32"));
    const start = this.slotStart();
    if (start !== 0) fill(backend, slot, start);
    // A table that was resized keeps the state of the rows that stayed.
    if (before) backend.copy(before, slot, { sourceOffset: 0, targetOffset: 0, length: Math.min(before.size, slot.size) });
    return slot;
  }
}

function checkRate(rate: unknown): void {
  if (typeof rate === "number" && rate >= 0 && Number.isFinite(rate)) return;
  if (typeof rate === "object" && rate !== null && "call" in rate) return;
  throw new InvalidArgumentError(
    `\`learningRate\` must be a non-negative number or a schedule with call(step). Received: learningRate=${describeValue(rate)}.`,
  );
}

function checkClips(options: ClipOptions): void {
  const given = (["clipnorm", "clipvalue", "globalClipnorm"] as const).filter((name) => options[name] != null);
  if (given.length > 1) {
    throw new InvalidArgumentError(
      `Only one of \`clipnorm\`, \`clipvalue\` and \`globalClipnorm\` can be set. Received: ${given.map((name) => `${name}=${options[name]}`).join(", ")}.`,
    );
  }
  for (const name of given) {
    const value = options[name];
    if (typeof value !== "number" || !(value > 0))
      throw new InvalidArgumentError(`\`${name}\` must be a positive number. Received: ${name}=${describeValue(value)}.`);
  }
}

/**
 * Checks a coefficient of a rule.
 *
 * @param name - The option's name.
 * @param value - What was received.
 * @param below - The number that it must stay under (or be, for 1).
 * @returns The same value, typed.
 * @throws InvalidArgumentError when it lies outside of `[0, below]`.
 */
export function checkFraction(name: string, value: unknown, below = 1): number {
  if (typeof value === "number" && value >= 0 && value <= below) return value;
  const range = below === Infinity ? "a non-negative number" : `a number from 0 to ${below}`;
  throw new InvalidArgumentError(`\`${name}\` must be ${range}. Received: ${name}=${describeValue(value)}.`);
}
