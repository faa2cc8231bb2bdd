import { checkFlag, checkOptions } from "../check-options.ts";
import type { UpdateRule } from "../backend/rule.ts";
import { InvalidArgumentError, PartialStepError, ShapeMismatchError, describeValue } from "../errors.ts";
import type { Gradient } from "../ops/tape.ts";
import { serialize } from "../serialized.ts";
import type { Serializable } from "../serialized.ts";
import { isRowGradient, spreadRows } from "../table/row-gradient.ts";
import type { RowGradient } from "../table/row-gradient.ts";
import type { Variable } from "../table/variable.ts";
import { Arena } from "../tensor/scope.ts";
import { checkPositiveInteger, formatShape, sameShape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { warnOnce } from "../warnings.ts";
import { checkClips, checkFraction, checkRate } from "./check.ts";
import { constrainRows, constrainAll } from "./constrain.ts";
import { bringHome, isAwayFromHome } from "./bring-home.ts";
import type { Pair } from "./bring-home.ts";
import { clipGradients } from "./clip.ts";
import type { ClipOptions } from "./clip.ts";
import type { DeferredTable } from "./exact/deferred-table.ts";
import { DeferredTables } from "./exact/deferred-tables.ts";
import { MovingAverages } from "./moving-averages.ts";
import type { LearningRateSchedule } from "./schedule.ts";
import { Slots } from "./slots.ts";
import type { Slot } from "./slots.ts";
import { planTable } from "./table-plan.ts";
import type { SparseUpdate, TablePlan } from "./table-plan.ts";

/** Options that every optimizer takes. */
export interface OptimizerOptions extends ClipOptions {
  /** A positive number, or a schedule over updates. */
  readonly learningRate?: number | LearningRateSchedule;
  /** Decoupled weight decay: before each update `w -= w * weightDecay * learningRate`. */
  readonly weightDecay?: number | null;
  /** What happens to the rows of a table that a step does not touch. */
  readonly sparseUpdate?: SparseUpdate;
  /** Keeps an exponential moving average of the weights, which takes their place at the end of `fit`. */
  readonly useEma?: boolean;
  /** How much of the average stays at each update; 0.99 when left out. */
  readonly emaMomentum?: number;
  /** After every so many updates the weights are set to their average. */
  readonly emaOverwriteFrequency?: number | null;
  readonly name?: string;
}

/** What an optimizer keeps beside one variable, for checkpoints: tensors to read from or to write to. */
export interface VariableState {
  /** By `slotNames` of the rule, in that order. */
  readonly slots: readonly Slot[];
  /** The moving average of the weights, with `useEma`. */
  readonly average?: Tensor;
}

/** One variable of a step, with all that its update needs. */
interface PreparedUpdate extends Pair {
  /** The gradient, where only rows are updated. */
  readonly rows: RowGradient | undefined;
  /** The table whose other rows the step leaves behind. */
  readonly deferred: DeferredTable | undefined;
  readonly target: Tensor;
  readonly slots: readonly Tensor[];
}

/** The names of the options that every optimizer takes. */
export const optimizerOptionNames: readonly (keyof OptimizerOptions)[] = [
  "learningRate",
  "weightDecay",
  "clipnorm",
  "clipvalue",
  "globalClipnorm",
  "sparseUpdate",
  "useEma",
  "emaMomentum",
  "emaOverwriteFrequency",
  "name",
];

const sparseUpdates: readonly SparseUpdate[] = ["exact", "lazy", "dense"];

/** Turns gradients into updates. The formulas are rules (data) that the backend executes; this class keeps what they need between steps. */
export abstract class Optimizer implements Serializable {
  /** The options that the class takes; any where it does not say. */
  static readonly optionNames?: readonly string[];
  /** The name under which a configuration names this class, as in Keras. */
  abstract readonly className: string;
  readonly name: string;
  readonly weightDecay: number | null;
  readonly clipnorm: number | null;
  readonly clipvalue: number | null;
  readonly globalClipnorm: number | null;
  readonly sparseUpdate: SparseUpdate;
  readonly useEma: boolean;
  readonly emaMomentum: number;
  readonly emaOverwriteFrequency: number | null;
  /** The number of updates made so far. */
  iterations = 0;
  #learningRate: number | LearningRateSchedule;
  readonly #slots = new Slots(
    () => this.rule(1, 0, 0),
    () => this.slotStart(),
  );
  readonly #deferred = new DeferredTables(() => this.rule(1, 0, 0), this.#slots);
  readonly #averages: MovingAverages | undefined;

  protected constructor(name: string, defaultRate: number, options: OptimizerOptions) {
    checkOptions("An optimizer", options, "{ learningRate: 0.1 }, not 0.1", new.target.optionNames);
    this.name = checkName(options.name ?? name);
    this.#learningRate = options.learningRate ?? defaultRate;
    this.weightDecay = options.weightDecay ?? null;
    this.clipnorm = options.clipnorm ?? null;
    this.clipvalue = options.clipvalue ?? null;
    this.globalClipnorm = options.globalClipnorm ?? null;
    this.sparseUpdate = options.sparseUpdate ?? "exact";
    this.useEma = checkFlag("useEma", options.useEma ?? false);
    this.emaMomentum = checkFraction("emaMomentum", options.emaMomentum ?? 0.99);
    this.emaOverwriteFrequency =
      options.emaOverwriteFrequency == null ? null : checkPositiveInteger("emaOverwriteFrequency", options.emaOverwriteFrequency);
    this.#averages = this.useEma ? new MovingAverages(this.emaMomentum) : undefined;
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

  /** A non-negative number, or a schedule over updates; may be set between updates. Throws InvalidArgumentError for anything else. */
  get learningRate(): number | LearningRateSchedule {
    return this.#learningRate;
  }

  set learningRate(rate: number | LearningRateSchedule) {
    checkRate(rate);
    this.#learningRate = rate;
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
   * @throws ShapeMismatchError when the lists or the shapes in them differ; InvalidArgumentError when no variable has a gradient; what the backend
   *   throws, where no variable was updated yet, and else PartialStepError.
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
    for (const pair of pairs) checkGradientShape(pair);
    return this.#apply(pairs, variables);
  }

  /** Leaves the current turn only where a gradient must be brought to a table that is elsewhere. */
  async #apply(pairs: readonly Pair[], variables: readonly Variable[]): Promise<void> {
    const arena = new Arena();
    try {
      const rule = this.#nextRule();
      // Norms are those of all gradients, and stay where the gradients are.
      const clipped = arena.run(() => clipGradients(pairs, this));
      const home = clipped.some(isAwayFromHome) ? await bringHome(clipped, arena) : clipped;
      arena.run(() => this.#updateTogether(rule, home, variables));
      this.iterations++;
    } finally {
      arena.release();
    }
  }

  #nextRule(): UpdateRule {
    const learningRate = this.currentLearningRate;
    // What a schedule gives.
    checkRate(learningRate);
    const decay = (this.weightDecay ?? 0) * learningRate;
    if (!(decay < 1)) {
      throw new InvalidArgumentError(
        `\`weightDecay\` times the learning rate must stay below 1, or every weight changes its sign. Received: ${this.weightDecay} * ${learningRate}.`,
      );
    }
    return this.rule(this.iterations + 1, learningRate, decay);
  }

  /**
   * The state beside a variable, made at its first use. Rows of a table that are behind are brought up to date.
   *
   * @param variable - A variable on a backend.
   * @returns Slots by `slotNames` of the rule, each of the `slotShape` of the variable.
   */
  slotsOf(variable: Variable): readonly Tensor[] {
    return this.#exposedSlots(variable).map(({ tensor }) => tensor);
  }

  /**
   * What there is beside a variable, for checkpoints. Rows of a table that are behind are brought up to date.
   *
   * @param variable - Any variable.
   * @returns The state, or undefined where no update has made one.
   */
  stateOf(variable: Variable): VariableState | undefined {
    const average = this.#averages?.get(variable);
    if (!this.#slots.has(variable) && !average) return undefined;
    const slots = this.#slots.has(variable) ? this.#exposedSlots(variable) : [];
    return { slots, ...(average && { average }) };
  }

  /**
   * Memory for a state that comes from elsewhere, made where there is none yet.
   *
   * @param variable - A variable on a backend.
   * @returns All that this optimizer keeps beside it, to be written to.
   */
  makeState(variable: Variable): VariableState {
    const slots = this.#exposedSlots(variable);
    const average = this.#averages?.make(variable);
    return { slots, ...(average && { average }) };
  }

  /**
   * The size of the state, as Keras counts it: iterations (int64), learning rate (float32) and the slots.
   *
   * @param variables - The variables that are or will be trained.
   * @returns Elements and bytes.
   */
  stateSize(variables: readonly Variable[]): { count: number; bytes: number } {
    const slots = this.#slots.count(variables);
    return { count: slots + 2, bytes: slots * 4 + 12 };
  }

  /** Whether any state has been made. */
  get isBuilt(): boolean {
    return !this.#slots.isEmpty;
  }

  /**
   * The options that make an equal optimizer again.
   *
   * @returns Plain data in camelCase; a schedule of the user's own that cannot be written down stays an object.
   */
  getConfig(): Record<string, unknown> {
    const {
      learningRate,
      name,
      weightDecay,
      clipnorm,
      globalClipnorm,
      clipvalue,
      sparseUpdate,
      useEma,
      emaMomentum,
      emaOverwriteFrequency,
    } = this;
    return {
      name,
      learningRate: isSerializable(learningRate) ? serialize(learningRate) : learningRate,
      weightDecay,
      clipnorm,
      globalClipnorm,
      clipvalue,
      sparseUpdate,
      useEma,
      emaMomentum,
      emaOverwriteFrequency,
    };
  }

  /**
   * Ends a run: with `useEma`, the averages take the place of the weights, as at the end of Keras' `fit`.
   *
   * @param variables - The trained variables.
   */
  finalizeVariables(variables: readonly Variable[]): void {
    this.#averages?.overwrite(variables);
  }

  /** Frees the state. Rows that are behind are brought up to date first; the next update starts with a fresh state. */
  dispose(): void {
    this.#deferred.dispose();
    this.#averages?.dispose();
    this.#slots.dispose();
  }

  #exposedSlots(variable: Variable): readonly Slot[] {
    this.#deferred.expose(variable);
    return this.#slots.named(variable);
  }

  /** Whatever can be done for all variables before the first of them is updated is done then: what fails there leaves every number as it was. */
  #updateTogether(rule: UpdateRule, pairs: readonly Pair[], variables: readonly Variable[]): void {
    const updates = pairs.map((pair) => this.#prepare(rule, pair));
    const averages = this.#averages;
    // As in Keras, also those that this loss does not reach. What is on no backend has never changed.
    const averaged = averages ? variables.filter(({ isMaterialized }) => isMaterialized) : [];
    for (const variable of averaged) averages?.make(variable);
    const updated: Variable[] = [];
    const attempt = (variable: Variable, work: () => void): void => {
      try {
        work();
      } catch (cause) {
        throw updated.length === 0
          ? cause
          : new PartialStepError(
              variable.path,
              updated.map(({ path }) => path),
              cause,
            );
      }
    };
    for (const update of updates) attempt(update.variable, () => this.#update(rule, update, updated));
    const overwrites = this.emaOverwriteFrequency !== null && (this.iterations + 1) % this.emaOverwriteFrequency === 0;
    for (const variable of averaged) {
      attempt(variable, () => {
        averages?.update(variable, this.iterations);
        if (overwrites) averages?.overwrite([variable]);
      });
    }
    // As in Keras, averages are of weights as a rule leaves them; what they overwrite is projected, too.
    for (const { variable, rows, target } of updates) {
      const { constraint } = variable;
      if (constraint && !rows) attempt(variable, () => constrainAll(target, constraint));
    }
  }

  #prepare(rule: UpdateRule, { variable, gradient }: Pair): PreparedUpdate {
    const plan = variable.isTable ? this.#planFor(rule, variable) : "dense";
    const deferred = plan === "fold" || plan === "replay" ? this.#deferred.of(variable, plan) : undefined;
    const rows = isRowGradient(gradient) && plan !== "dense" ? gradient : undefined;
    // Without rows of its own that are behind, another optimizer's may be; and gradients may have been made without a lookup.
    if (rows) variable.deferred?.settlePlanned(rows.plan.rows);
    else if (plan !== "dense") {
      warnOnce(
        `The table "${variable.path}" got a gradient for every row (a regularizer, or its use as a whole tensor), so every such update sweeps the whole table.`,
      );
    }
    const target = rows ? variable.stored : variable.value;
    return { variable, gradient, rows, deferred, target, slots: this.#slots.of(variable) };
  }

  #update(rule: UpdateRule, { variable, gradient, rows, deferred, target, slots }: PreparedUpdate, updated: Variable[]): void {
    variable.markChanged();
    if (rows) {
      const { plan, values } = rows;
      target.backend.update({ rule, target, slots, gradient: values, ids: plan.unique });
      updated.push(variable);
      if (variable.constraint) constrainRows(target, plan.unique, variable.constraint);
    } else {
      const whole = isRowGradient(gradient) ? spreadRows(variable, gradient) : gradient;
      target.backend.update({ rule, target, slots, gradient: whole });
      updated.push(variable);
    }
    deferred?.advance(rule, rows?.plan.rows);
  }

  #planFor(rule: UpdateRule, variable: Variable): TablePlan {
    const { sparseUpdate, weightDecay } = this;
    return planTable({ rule, variable, sparseUpdate, decays: weightDecay !== null && weightDecay > 0, averages: this.useEma });
  }
}

function checkGradientShape({ variable, gradient }: Pair): void {
  if (isRowGradient(gradient) || sameShape(gradient.shape, variable.shape)) return;
  throw new ShapeMismatchError(
    `A gradient must have the shape of its variable, ${formatShape(variable.shape)} of "${variable.path}". Received: shape ${formatShape(gradient.shape)}. Pass gradients and variables in the same order.`,
  );
}

function checkName(name: unknown): string {
  if (typeof name === "string" && name !== "") return name;
  throw new InvalidArgumentError(`\`name\` must be a non-empty string. Received: name=${describeValue(name)}.`);
}

function isSerializable(rate: number | LearningRateSchedule): rate is LearningRateSchedule & Serializable {
  return typeof rate === "object" && "getConfig" in rate && "className" in rate;
}
