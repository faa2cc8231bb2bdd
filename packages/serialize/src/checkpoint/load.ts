import {
  CheckpointFormatError,
  EmbeddingTable,
  InvalidArgumentError,
  Model,
  NDArray,
  Variable,
  checkFlag,
  checkOptions,
  defaultBackend,
  modelFromJson,
} from "@rowan/api";
import type { Backend, Sequential } from "@rowan/api";
import type { Header, StoredModel, StoredTensor } from "../format/header.ts";
import type { Source } from "../io/open-source.ts";
import type { CheckpointReader } from "./checkpoint-reader.ts";
import { decodeRows } from "./decode.ts";
import { compareWeights, throwMisfits } from "./fit-weights.ts";
import type { LoadReport, WeightMatch } from "./fit-weights.ts";
import { openReader } from "./open.ts";
import type { OpenOptions } from "./open.ts";
import { TensorTargets } from "./tensor-targets.ts";
import type { StateTarget } from "./tensor-targets.ts";
import { partsOf } from "./weights.ts";

/** Tables and arrays by name. */
export type LoadedTensors = ReadonlyMap<string, EmbeddingTable | NDArray>;

/** What a checkpoint can hold. */
export type Loaded = Model | EmbeddingTable | LoadedTensors;

/** Options of `loadCheckpoint`. */
export interface LoadOptions extends OpenOptions {
  /** Where the weights go; the default backend when left out. */
  readonly backend?: Backend;
  /** A model that you made: its weights and the state of its optimizer are replaced, and it is returned. */
  readonly into?: Model;
  /** Loads what fits, and leaves the rest as it is; else a checkpoint of another architecture is an error. */
  readonly partial?: boolean;
  /** Told what was loaded and what was not. */
  readonly onReport?: (report: LoadReport) => void;
  /** Whether a new model is compiled as it was when it was saved; true when left out. */
  readonly compile?: boolean;
  /** Checks that the checkpoint holds this. */
  readonly as?: "model" | "table" | "tensors";
}

const optionNames = [
  "shard",
  "maxExpansion",
  "backend",
  "into",
  "partial",
  "onReport",
  "compile",
  "as",
] as const satisfies readonly (keyof LoadOptions)[];

/**
 * Reads a checkpoint: a model goes on where it stopped, with the state of its optimizer; a table, or tables and arrays by name, as they
 * were saved. Of a path, a Blob or bytes, the memory that this takes beside the result does not grow with the file. A stream is read once,
 * forwards, and memory for a tensor is taken when half of it has arrived.
 *
 * @param source - A path, URL, Blob, stream or bytes.
 * @param options - `backend`, `into`, `partial`, `compile`, `as`.
 * @returns What was saved. Without `as`, the type parameter says what you expect.
 * @throws CheckpointFormatError when the file is damaged, and nothing is loaded then; ShapeMismatchError that lists what is missing, extra
 *   or of another shape; InvalidArgumentError when it holds something other than `as` says,
 *   and for options that cannot be.
 * @example
 * const again = await loadCheckpoint("classifier.rowan");
 */
export async function loadCheckpoint(source: Source, options: LoadOptions & { readonly as: "table" }): Promise<EmbeddingTable>;
export async function loadCheckpoint(source: Source, options: LoadOptions & { readonly as: "tensors" }): Promise<LoadedTensors>;
export async function loadCheckpoint<T extends Loaded = Sequential>(source: Source, options?: LoadOptions): Promise<T>;
export async function loadCheckpoint(source: Source, options: LoadOptions = {}): Promise<Loaded> {
  checkOptions("loadCheckpoint", options, "{ backend }", optionNames);
  const { into, partial = false, compile = true } = options;
  checkFlag("partial", partial);
  checkFlag("compile", compile);
  if (into !== undefined && !((into as unknown) instanceof Model)) {
    throw new InvalidArgumentError("`into` must be a model. Received: something else. Leave it out to get a new one.");
  }
  // A model that is in use must not be half replaced: it takes two passes, the first of which only verifies.
  const reader = await openReader(source, into === undefined, options);
  try {
    const { header } = reader;
    checkKind(header, options.as ?? (into ? "model" : undefined), reader.name);
    if (into) {
      await reader.readEverything(() => undefined);
      return await loadModel(reader, into, options);
    }
    if (header.model) {
      const model = makeModel(header.model, options, reader.name);
      return await orDispose(model, () => loadModel(reader, model, options));
    }
    return await loadTables(reader, options);
  } finally {
    await reader.close();
  }
}

function checkKind({ model, table }: Header, wanted: LoadOptions["as"], name: string): void {
  const kind = model ? "model" : table ? "table" : "tensors";
  if (wanted === undefined || wanted === kind) return;
  throw new InvalidArgumentError(
    `A checkpoint of a ${wanted} is wanted. Received: ${name}, which holds ${kind === "tensors" ? "tensors by name" : `a ${kind}`}. Pass { as: "${kind}" }, or read single tensors with openCheckpoint.`,
  );
}

async function orDispose<T>(made: { dispose(): void }, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    made.dispose();
    throw error;
  }
}

function makeModel({ config, inputInferred }: StoredModel, { backend, compile = true }: LoadOptions, name: string): Sequential {
  let json: unknown;
  try {
    json = JSON.parse(config);
  } catch (cause) {
    throw new CheckpointFormatError(
      `The model of ${name} must have a configuration in JSON. Received: another text, in the header from byte 64 on.`,
      { cause },
    );
  }
  if (inputInferred) dropInput(json);
  return modelFromJson(json as object, { ...(backend && { backend }), compile });
}

/** The input layer was written for Keras: as in the model that was saved, its shape shall bind nobody. */
function dropInput(json: unknown): void {
  const { config } = (json ?? {}) as { config?: { layers?: unknown } };
  if (config && Array.isArray(config.layers))
    config.layers = config.layers.filter((layer: { class_name?: unknown } | null) => layer?.class_name !== "InputLayer");
}

/** A model that was not called yet gets its weights for the input that the saved one had. */
function buildAs({ config }: StoredModel, model: Model): void {
  const { build_config: build } = JSON.parse(config) as { build_config?: { input_shape?: unknown } };
  if (Array.isArray(build?.input_shape)) model.ensureBuilt(build.input_shape as (number | null)[]);
}

async function loadModel<M extends Model>(reader: CheckpointReader, model: M, options: LoadOptions): Promise<M> {
  const { header } = reader;
  const stored = header.model as StoredModel;
  if (!model.built) buildAs(stored, model);
  const parts = partsOf(model);
  const { matches, report } = compareWeights(header, parts.weights);
  if (options.partial !== true) throwMisfits(reader.name, model.name, report);
  const backend = options.backend ?? model.backend;
  const targets = new TensorTargets(header, await reader.isProven());
  try {
    for (const { weight, tensor } of matches) targets.addWeight(tensor, weight.variable, backend);
    if (model.compileOptions && stored.optimizer) addOptimizer(targets, stored.optimizer, model, matches);
    await fill(reader, targets);
    targets.finish();
  } finally {
    targets.dispose();
  }
  if (model.compileOptions && stored.optimizer) model.optimizer.iterations = stored.optimizer.iterations;
  const seeds = new Map(stored.seeds.map(({ layer, seed }) => [layer, seed]));
  for (const [index, { path, layer }] of parts.seeded.entries()) {
    layer.maskSeed = seeds.get(path) ?? stored.seeds[index]?.seed ?? layer.maskSeed;
  }
  options.onReport?.(report);
  return model;
}

function addOptimizer(
  targets: TensorTargets,
  stored: NonNullable<StoredModel["optimizer"]>,
  model: Model,
  matches: readonly WeightMatch[],
): void {
  const { optimizer } = model;
  if (optimizer.className !== stored.className) {
    throw new InvalidArgumentError(
      `The model must be compiled with the optimizer that it was saved with, ${stored.className}. Received: ${optimizer.className}. Compile it with that one, or after loading.`,
    );
  }
  for (const { weight, slots, average } of stored.weights) {
    const match = matches.find(({ tensor }) => tensor.name === weight);
    // What is stored quantized cannot be trained.
    if (!match || match.weight.variable.quantized || match.tensor.dtype !== "float32") continue;
    const { variable } = match.weight;
    const kept = slots.map(({ name, tensor }): StateTarget => {
      const what = `${name} of "${weight}"`;
      return { name: tensor, what, find: (state) => state.slots.find((slot) => slot.name === name)?.tensor };
    });
    if (average !== "") kept.push({ name: average, what: `the average of "${weight}"`, find: (state) => state.average });
    targets.addState(variable, () => optimizer.makeState(variable), kept);
  }
}

/** Reads the file once and puts every chunk where it goes. */
async function fill(reader: CheckpointReader, targets: TensorTargets): Promise<void> {
  await reader.readEverything((bytes, { entry, chunk }) => {
    targets.write(entry, chunk * reader.header.chunkBytes, bytes);
  });
}

async function loadTables(reader: CheckpointReader, options: LoadOptions): Promise<EmbeddingTable | LoadedTensors> {
  const { header } = reader;
  const targets = new TensorTargets(header, await reader.isProven());
  const arrays = new Map<string, () => NDArray>();
  const tables = new Map<string, EmbeddingTable>();
  const helpers = new Set(header.tensors.flatMap(({ quantization }) => (quantization ? [quantization.scales, quantization.zeros] : [])));
  const dispose = (): void => {
    targets.dispose();
    for (const made of tables.values()) made.dispose();
  };
  return orDispose({ dispose }, async () => {
    for (const tensor of header.tensors) {
      if (helpers.has(tensor.name)) continue;
      if (header.table?.tensor === tensor.name || tensor.quantization || tensor.isTable === true) {
        tables.set(tensor.name, addTable(targets, tensor, options.backend ?? defaultBackend()));
      } else if (header.table === undefined) arrays.set(tensor.name, targets.addArray(tensor));
    }
    await fill(reader, targets);
    targets.finish();
    const loaded = new Map<string, EmbeddingTable | NDArray>();
    for (const tensor of header.tensors) {
      const made = tables.get(tensor.name) ?? arrays.get(tensor.name)?.();
      if (made === undefined) continue;
      // Floats of 16 bits become float32 on the host, where nothing else is known.
      const isHalf = made instanceof NDArray && (tensor.dtype === "float16" || tensor.dtype === "bfloat16");
      loaded.set(tensor.name, isHalf ? decodeRows(tensor, made.data as Uint8Array<ArrayBuffer>, tensor.shape) : made);
    }
    return header.table ? (tables.get(header.table.tensor) as EmbeddingTable) : loaded;
  });
}

function addTable(targets: TensorTargets, tensor: StoredTensor, backend: Backend): EmbeddingTable {
  const variable = new Variable({ name: tensor.name, shape: tensor.shape, initializer: "zeros", isTable: true });
  const table = new EmbeddingTable(variable, backend);
  targets.addWeight(tensor, variable, backend);
  return table;
}
