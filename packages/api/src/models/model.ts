import type { Backend } from "../backend/backend.ts";
import { defaultBackend } from "../backend/registry.ts";
import type { History } from "../callbacks/index.ts";
import { checkFlag, checkOptions } from "../check-options.ts";
import { BusyError, DisposedError, NotCompiledError, ShapeMismatchError, UnknownNameError } from "../errors.ts";
import { Layer, layerOptionNames } from "../layers/layer.ts";
import type { LayerOptions } from "../layers/layer.ts";
import type { Metric } from "../metrics/index.ts";
import type { Optimizer } from "../optimizers/index.ts";
import { currentPrinter } from "../printer.ts";
import { summaryText } from "../report/index.ts";
import type { SummaryOptions } from "../report/index.ts";
import type { NDArray } from "../tensor/ndarray.ts";
import { formatShape } from "../tensor/shape.ts";
import type { PartialShape } from "../tensor/shape.ts";
import { Compiled } from "./compiled.ts";
import type { CompileOptions } from "./compiled.ts";
import { createDataset, createInputs } from "./dataset.ts";
import type { DatasetOptions, Samples } from "./dataset.ts";
import { describeModel } from "./describe.ts";
import { evaluateDataset } from "./evaluate.ts";
import type { EvaluateOptions } from "./evaluate.ts";
import { fitModel } from "./fit.ts";
import type { FitContext, FitOptions } from "./fit.ts";
import { modelToJson } from "./json/model-to-json.ts";
import type { ToJsonOptions } from "./json/model-to-json.ts";
import { MetricTotals } from "./metric-totals.ts";
import {
  batchOptionNames,
  compileOptionNames,
  evaluateOptionNames,
  fitOptionNames,
  predictOptionNames,
  printSummaryOptionNames,
} from "./option-names.ts";
import { predictSamples } from "./predict.ts";
import type { PredictOptions } from "./predict.ts";
import { checkRunOptions } from "./run-settings.ts";
import { startTestStep, trainStep } from "./step.ts";
import type { StepResult } from "./step.ts";

/** Options that every model takes. */
export interface ModelOptions extends LayerOptions {
  /** Where the model runs; the default backend at its first use when left out. */
  readonly backend?: Backend;
}

/** The names of these options. */
export const modelOptionNames: readonly (keyof ModelOptions)[] = [...layerOptionNames, "backend"];

/** Options of `summary`. */
export interface PrintSummaryOptions extends SummaryOptions {
  /** Takes the text, one line at a time, instead of the standard output. */
  readonly printFn?: (line: string) => void;
}

/** A layer that can be trained: what Keras' Model offers beside its architecture. */
export abstract class Model extends Layer {
  /** Set it to true in a callback to end `fit` after the running step. */
  stopTraining = false;
  readonly #givenBackend: Backend | undefined;
  #compiled: Compiled | undefined;
  #training = false;
  #predicting: Promise<unknown> = Promise.resolve();
  #disposed = false;

  constructor(options: ModelOptions = {}) {
    super(options);
    this.#givenBackend = options.backend;
  }

  /** The layers in order, without an input layer. */
  abstract get layers(): readonly Layer[];

  /** The shape of the input with its batch axis, once it is known. */
  abstract get inputShape(): PartialShape | null;

  /** The backend that the model runs on; tables with a `device` of their own are elsewhere. Throws BackendUnavailableError when it has none and no default is set. */
  get backend(): Backend {
    this.checkAlive();
    return this.variables.find(({ backend, device }) => backend && !device)?.backend ?? this.#givenBackend ?? defaultBackend();
  }

  /** The optimizer that `compile` set. Throws NotCompiledError before. */
  get optimizer(): Optimizer {
    return this.#requireCompiled().optimizer;
  }

  /** What `compile` was given, or undefined before. */
  get compileOptions(): CompileOptions | undefined {
    return this.#compiled?.options;
  }

  /** The metrics that `compile` was given; those given by name exist after the first batch. */
  get metrics(): readonly Metric[] {
    return this.#compiled?.metrics ?? [];
  }

  /** The names of what `evaluate` returns, in its order; the metrics are known after the first batch. */
  get metricsNames(): readonly string[] {
    return ["loss", ...(this.#compiled?.metricNames ?? [])];
  }

  /**
   * Sets what training needs. A second call starts with a fresh optimizer state.
   *
   * @param options - Optimizer, loss, metrics; names in camelCase or snake_case.
   * @throws UnknownNameError when a name does not exist; the model stays as it was then.
   */
  compile(options: CompileOptions = {}): void {
    this.checkAlive();
    checkOptions("compile", options, '{ optimizer: "adam", loss: "mse" }', compileOptionNames);
    this.#checkIdle("compile");
    const compiled = new Compiled(options);
    if (this.#compiled && this.#compiled.optimizer !== compiled.optimizer) this.#compiled.optimizer.dispose();
    this.#compiled = compiled;
  }

  /**
   * Trains for some epochs.
   *
   * @param x - Inputs, samples along the first axis.
   * @param y - Targets, one for each sample.
   * @param options - As in Keras, in camelCase.
   * @returns What every epoch gave.
   * @throws NotCompiledError before `compile`; BusyError while another training of this model runs; ShapeMismatchError,
   *   IndexOutOfRangeError or InvalidArgumentError for data that cannot be, before anything is trained.
   */
  async fit(x: Samples, y: Samples, options: FitOptions = {}): Promise<History> {
    checkOptions("fit", options, "{ epochs: 3 }", fitOptionNames);
    return this.#train("fit", (context) => fitModel(context, x, y, options));
  }

  /**
   * Loss and metrics over some samples.
   *
   * @param x - Inputs.
   * @param y - Targets.
   * @param options - Batch size, weights, verbosity; `returnDict` for names.
   * @returns `[loss, ...metrics]`, or by name with `returnDict: true`.
   */
  evaluate(
    x: Samples,
    y: Samples,
    options: EvaluateOptions & DatasetOptions & { readonly returnDict: true },
  ): Promise<Record<string, number>>;
  evaluate(x: Samples, y: Samples, options?: EvaluateOptions & DatasetOptions): Promise<number[]>;
  async evaluate(
    x: Samples,
    y: Samples,
    options: EvaluateOptions & DatasetOptions & { readonly returnDict?: boolean } = {},
  ): Promise<number[] | Record<string, number>> {
    const context = this.#context();
    checkOptions("evaluate", options, "{ batchSize: 32 }", evaluateOptionNames);
    const returnDict = checkFlag("returnDict", options.returnDict ?? false);
    const settings = checkRunOptions(options);
    context.compiled.requireLoss();
    const data = createDataset(x, this.inputDType, y, options);
    this.checkInputs(data.x);
    const results = await this.#serialised(() => evaluateDataset(context, data, settings));
    return returnDict ? results : Object.values(results);
  }

  /**
   * The model's outputs. Calls of one model wait for each other.
   *
   * @param x - Inputs, samples along the first axis.
   * @param options - Batch size; prints Keras' progress line unless `verbose: 0`.
   * @returns Float32, one output for each sample.
   */
  async predict(x: Samples, options: PredictOptions = {}): Promise<NDArray> {
    this.checkAlive();
    checkOptions("predict", options, "{ batchSize: 32 }", predictOptionNames);
    const settings = checkRunOptions(options);
    const inputs = createInputs(x, this.inputDType);
    this.checkInputs(inputs);
    return this.#serialised(() => predictSamples(this, inputs, this.backend, settings));
  }

  /**
   * The outputs of one batch, without a progress line.
   *
   * @param x - Inputs.
   * @returns Float32, one output for each sample.
   */
  async predictOnBatch(x: Samples): Promise<NDArray> {
    const inputs = createInputs(x, this.inputDType);
    return this.predict(inputs, { batchSize: inputs.shape[0] as number, verbose: 0 });
  }

  /**
   * One training step on one batch. The metrics are those of this batch.
   *
   * @param x - Inputs.
   * @param y - Targets.
   * @param options - Weights.
   * @returns `[loss, ...metrics]`.
   */
  async trainOnBatch(x: Samples, y: Samples, options: DatasetOptions = {}): Promise<number[]> {
    checkOptions("trainOnBatch", options, "{ sampleWeight: [1, 2] }", batchOptionNames);
    return this.#train("trainOnBatch", async ({ compiled, backend }) => {
      const batch = createDataset(x, this.inputDType, y, options);
      this.checkInputs(batch.x);
      return batchResults(compiled, await trainStep(this, compiled, batch, backend));
    });
  }

  /**
   * Loss and metrics of one batch, nothing updated.
   *
   * @param x - Inputs.
   * @param y - Targets.
   * @param options - Weights.
   * @returns `[loss, ...metrics]`.
   */
  async testOnBatch(x: Samples, y: Samples, options: DatasetOptions = {}): Promise<number[]> {
    checkOptions("testOnBatch", options, "{ sampleWeight: [1, 2] }", batchOptionNames);
    const { compiled, backend } = this.#context();
    compiled.requireLoss();
    const batch = createDataset(x, this.inputDType, y, options);
    this.checkInputs(batch.x);
    return this.#serialised(async () => batchResults(compiled, await (await startTestStep(this, compiled, batch, backend)).result));
  }

  /**
   * Prints the layers, their shapes and sizes, as Keras does.
   *
   * @param options - `style: "keras2"` (default) or `"keras3"`, widths, nesting; `printFn` takes the lines elsewhere.
   */
  summary(options: PrintSummaryOptions = {}): void {
    checkOptions("summary", options, '{ style: "keras3" }', printSummaryOptionNames);
    const printer = currentPrinter();
    const { printFn, ...rest } = options;
    const text = this.summaryText({
      ...(printer.columns !== undefined && { columns: printer.columns }),
      colors: !printFn && printer.colors,
      ...rest,
    });
    if (printFn) for (const line of text.replace(/\n$/, "").split("\n")) printFn(line);
    else printer.write(text.endsWith("\n") ? text : `${text}\n`);
  }

  /**
   * What `summary` prints.
   *
   * @param options - As `summary`.
   * @returns The text.
   */
  summaryText(options: SummaryOptions = {}): string {
    this.checkAlive();
    return summaryText(describeModel(this, this.#compiled?.optimizer), options);
  }

  /**
   * The architecture, and how the model was compiled, as JSON that `modelFromJson` and Keras read; Keras' `to_json`.
   *
   * @param options - `style: "keras3"` (default) or `"keras2"`; `compile: false` leaves out how it was compiled; `indent`.
   * @returns The text, without weights.
   * @throws InvalidArgumentError for functions of your own, which no configuration can hold.
   */
  toJson(options: ToJsonOptions = {}): string {
    return modelToJson(this, options);
  }

  /**
   * The weights' values.
   *
   * @returns Copies, in the order of `variables`; none for a model that is not built.
   */
  override async getWeights(): Promise<NDArray[]> {
    // Reading must not be what puts them on another backend than the model was given.
    if (this.#givenBackend) this.materialize(this.#givenBackend);
    return super.getWeights();
  }

  /**
   * A layer by its name or place.
   *
   * @param identifier - The name, or the index among `layers`.
   * @returns The layer.
   * @throws UnknownNameError with the names that exist.
   */
  getLayer(identifier: string | number): Layer {
    const found = typeof identifier === "number" ? this.layers[identifier] : this.layers.find(({ name }) => name === identifier);
    if (found) return found;
    const names = this.layers.map(({ name }) => `'${name}'`).join(", ");
    throw new UnknownNameError(`No such layer: ${identifier}. Existing layers are: [${names}].`);
  }

  /** Frees the weights, the optimizer's state and everything else; every later use is a DisposedError. */
  override dispose(): void {
    this.#checkIdle("dispose");
    this.#compiled?.optimizer.dispose();
    super.dispose();
    this.#disposed = true;
  }

  /**
   * Checks inputs before any step runs on them: their rank and extents against the declared input shape, ids against their tables.
   *
   * @param x - All samples.
   * @throws ShapeMismatchError or IndexOutOfRangeError with the position in these samples.
   */
  checkInputs(x: NDArray): void {
    const expected = this.requiredInputShape;
    if (
      expected &&
      (expected.length !== x.rank || expected.some((extent, axis) => axis > 0 && extent !== null && extent !== x.shape[axis]))
    ) {
      throw new ShapeMismatchError(
        `Input 0 of model "${this.name}" is incompatible with the model: expected shape ${formatShape(expected)}, found shape ${formatShape(x.shape)}.`,
      );
    }
    this.checkInput(x);
  }

  /** The shape that inputs must have: the declared one. What was only inferred from a first call binds nobody. */
  protected get requiredInputShape(): PartialShape | null {
    return this.inputShape;
  }

  /** Throws DisposedError after `dispose`. */
  protected checkAlive(): void {
    if (this.#disposed) throw new DisposedError(`The model "${this.name}" was disposed. Make a new one, or load it from its checkpoint.`);
  }

  #requireCompiled(): Compiled {
    if (this.#compiled) return this.#compiled;
    throw new NotCompiledError("You must call `compile()` before using the model.");
  }

  #context(): FitContext {
    this.checkAlive();
    return { model: this, compiled: this.#requireCompiled(), backend: this.backend };
  }

  #checkIdle(what: string): void {
    if (this.#training)
      throw new BusyError(
        `The model "${this.name}" is being trained, and \`${what}\` cannot run beside it. Await the running fit first, or end it with stopTraining = true.`,
      );
  }

  async #train<T>(what: string, work: (context: FitContext) => Promise<T>): Promise<T> {
    const context = this.#context();
    context.compiled.requireLoss();
    this.#checkIdle(what);
    this.#training = true;
    try {
      return await work(context);
    } finally {
      this.#training = false;
    }
  }

  /** Runs after the predictions and evaluations that were asked for before. */
  #serialised<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#predicting.then(() => {
      this.checkAlive();
      return work();
    });
    this.#predicting = result.catch(() => undefined);
    return result;
  }
}

/** The loss of a batch and the metrics of that batch alone. */
function batchResults(compiled: Compiled, { loss, metrics }: StepResult): number[] {
  const totals = new MetricTotals(compiled);
  totals.add(metrics);
  return [loss, ...Object.values(totals.results())];
}
