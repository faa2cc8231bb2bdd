/** What a model, a table or arrays have that a checkpoint holds. */
import {
  BusyError,
  EmbeddingTable,
  InvalidArgumentError,
  Model,
  NDArray,
  NotBuiltError,
  TextVectorization,
  UnsupportedOpError,
  describeValue,
} from "@rowan/api";
import type { DType, Variable } from "@rowan/api";
import { encodeVocabulary } from "../format/header-codec.ts";
import type { StoredModel, StoredWeightState } from "../format/header.ts";
import { nameFault } from "../format/names.ts";
import type { AssetToWrite, Content, TensorToWrite } from "./checkpoint-writer.ts";
import { arrayBytes, tensorBytesOf } from "./tensor-bytes.ts";
import { partsOf } from "./weights.ts";

/** What can be saved: a model, a table, or tables and arrays by name. */
export type Saveable = Model | EmbeddingTable | Readonly<Record<string, EmbeddingTable | NDArray>>;

/** Words that go with what is saved: a list, or a TextVectorization that has learned some. */
export type VocabularyToSave = readonly string[] | TextVectorization;

/** What is stored beside tensors. */
export interface Extras {
  /** Words in the order of the ids, or several such lists by name. */
  readonly vocabulary?: VocabularyToSave | Readonly<Record<string, VocabularyToSave>>;
  /** Anything that you want to find again: short texts by name. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** The name of a vocabulary that was given without one. */
export const defaultVocabulary = "vocabulary";

/** What is to be written, and a check that nothing moved meanwhile. */
export interface Collected {
  readonly content: Content;
  /** Throws BusyError when weights were trained or set since. */
  readonly checkUnchanged: () => void;
}

/**
 * Collects what a checkpoint holds. Tables in training are brought up to date.
 *
 * @param what - A model, a table, or tables and arrays by name.
 * @param extras - Vocabulary and metadata.
 * @param model - For models: whether to write how it was compiled, and the state of its optimizer.
 * @returns What is to be written: it reads from the backend as it is written.
 * @throws NotBuiltError for a model without weights; UnsupportedOpError for what no configuration can say.
 */
export async function collect(
  what: Saveable,
  extras: Extras,
  model: { readonly compile: boolean; readonly optimizer: boolean },
): Promise<Collected> {
  const notes = collectNotes(extras.metadata ?? {});
  const assets = collectVocabularies(extras.vocabulary);
  const shared = { notes, assets };
  if (what instanceof Model) return collectModel(what, shared, model);
  if (what instanceof EmbeddingTable) {
    const { name } = what.variable;
    checkName("table", name);
    const watched = new WatchedVariables(`The table "${name}"`);
    const tensors = await watched.tensorsOf(name, what.variable, what);
    return { content: { ...shared, model: undefined, table: { tensor: name }, tensors }, checkUnchanged: () => watched.check() };
  }
  if (typeof what !== "object" || (what as unknown) === null || Array.isArray(what) || ArrayBuffer.isView(what)) {
    throw new InvalidArgumentError(
      `A model, an EmbeddingTable, or tables and NDArrays by name can be saved. Received: ${describeValue(what)}. Wrap arrays: saveCheckpoint({ vectors: NDArray.from(values) }, path).`,
    );
  }
  const tensors: TensorToWrite[] = [];
  const watched = new WatchedVariables("What is saved");
  for (const [name, value] of Object.entries(what)) {
    checkName("tensor", name);
    if (value instanceof EmbeddingTable) {
      const [rows, ...helpers] = await watched.tensorsOf(name, value.variable, value);
      tensors.push({ ...(rows as TensorToWrite), isTable: true }, ...helpers);
    } else if ((value as unknown) instanceof NDArray)
      tensors.push({ name, dtype: value.dtype, shape: value.shape, quantization: undefined, bytes: arrayBytes(value) });
    else
      throw new InvalidArgumentError(
        `\`${name}\` must be an EmbeddingTable or an NDArray. Received: ${describeValue(value)}. Make one of it: NDArray.from(values).`,
      );
  }
  return { content: { ...shared, model: undefined, table: undefined, tensors }, checkUnchanged: () => watched.check() };
}

/** Variables whose tensors are written, in a state that must not move before all of them are. */
class WatchedVariables {
  readonly #owner: string;
  readonly #revisions = new Map<Variable, { readonly name: string; readonly revision: number }>();

  /** @param owner - Whose they are, for the message. */
  constructor(owner: string) {
    this.#owner = owner;
  }

  /** The tensors of a variable, which is brought up to date, and watched from then on. */
  async tensorsOf(name: string, variable: Variable, table?: EmbeddingTable): Promise<TensorToWrite[]> {
    const tensors = await variableTensors(name, variable, table);
    this.#revisions.set(variable, { name, revision: variable.revision });
    return tensors;
  }

  check(): void {
    for (const [variable, { name, revision }] of this.#revisions) {
      if (variable.revision === revision) continue;
      throw new BusyError(
        `${this.#owner} must not be trained or set while it is saved. Received: new values of "${name}" since the save began. Await the training, or save in a callback of fit.`,
      );
    }
  }
}

async function collectModel(
  model: Model,
  shared: Pick<Content, "notes" | "assets">,
  { compile, optimizer: withState }: { readonly compile: boolean; readonly optimizer: boolean },
): Promise<Collected> {
  const { weights, shared: tied, seeded } = partsOf(model);
  if (!model.built) {
    throw new NotBuiltError(
      `A model is saved when it has its weights. Received: the model "${model.name}", which is not built. Give it an input shape, or call it on data first.`,
    );
  }
  if (tied.length > 0) {
    throw new UnsupportedOpError(
      `The configuration of a model cannot say that layers share a table. Received: ${tied.join(", ")}, shared with a layer before it. Save the tables by name, and make the model in code.`,
    );
  }
  const optimizer = withState && model.compileOptions ? model.optimizer : undefined;
  const tensors: TensorToWrite[] = [];
  const state: TensorToWrite[] = [];
  const stored: StoredWeightState[] = [];
  const watched = new WatchedVariables(`The model "${model.name}"`);
  for (const { name, variable } of weights) {
    checkName("weight", name);
    tensors.push(...(await watched.tensorsOf(name, variable)));
    const kept = optimizer?.stateOf(variable);
    if (!kept) continue;
    const slots = kept.slots.map((slot) => ({ name: slot.name, tensor: `optimizer/${slot.name}/${name}`, values: slot.tensor }));
    const average = kept.average && { tensor: `optimizer/average/${name}`, values: kept.average };
    for (const { tensor, values } of [...slots, ...(average ? [average] : [])]) {
      state.push({ name: tensor, dtype: "float32", shape: values.shape, quantization: undefined, bytes: tensorBytesOf(values, 4) });
    }
    stored.push({ weight: name, slots: slots.map((slot) => ({ name: slot.name, tensor: slot.tensor })), average: average?.tensor ?? "" });
  }
  const iterations = optimizer?.iterations;
  const description: StoredModel = {
    config: model.toJson({ compile }),
    inputInferred: isInferred(model),
    optimizer: optimizer && { className: optimizer.className, iterations: optimizer.iterations, weights: stored },
    seeds: seeded.map(({ path, layer }) => ({ layer: path, seed: layer.maskSeed })),
  };
  return {
    content: { ...shared, model: description, table: undefined, tensors: [...tensors, ...state] },
    checkUnchanged: () => {
      watched.check();
      if (optimizer?.iterations === iterations) return;
      throw new BusyError(
        `The model "${model.name}" must not be trained while it is saved. Received: ${optimizer?.iterations} updates at the end, ${iterations} at the start. Await the training, or save in a callback of fit.`,
      );
    },
  };
}

/** Whether the input shape of a model is not declared, but that of its first call. */
function isInferred(model: Model): boolean {
  const layers = model.getConfig()["layers"] as readonly { readonly className: string }[] | undefined;
  const [first] = model.layers;
  return (
    model.inputShape !== null &&
    layers?.[0]?.className !== "InputLayer" &&
    first?.batchInputShape == null &&
    !(first instanceof Model && first.inputShape)
  );
}

async function variableTensors(name: string, variable: Variable, table?: EmbeddingTable): Promise<TensorToWrite[]> {
  const shape = variable.shape;
  const { quantized } = variable;
  if (!quantized) {
    // A table without a backend yet has its values on the host, or gets its initial ones there.
    const isPlaced = variable.isMaterialized || table !== undefined;
    const bytes = variable.isMaterialized
      ? tensorBytesOf(variable.value, 4)
      : arrayBytes(isPlaced && table ? await table.read() : await variable.read());
    return [{ name, dtype: "float32", shape, quantization: undefined, bytes }];
  }
  const { kind, data, scale, zero, block, quantization } = quantized;
  const bytes = tensorBytesOf(data, 1);
  if (kind === "float16" || kind === "bfloat16" || !scale) return [{ name, dtype: kind, shape, quantization: undefined, bytes }];
  const scales = `${name}/scales`;
  const zeros = zero ? `${name}/zeros` : "";
  const hasBlocks = zero !== undefined && quantization.blockSize !== undefined;
  return [
    { name, dtype: kind, shape, quantization: { scales, zeros, blockSize: hasBlocks ? block : 0 }, bytes },
    {
      name: scales,
      dtype: "float32",
      shape: hasBlocks ? scale.shape : [scale.shape[0] as number],
      quantization: undefined,
      bytes: tensorBytesOf(scale, 4),
    },
    ...(zero
      ? [{ name: zeros, dtype: "int8" satisfies DType, shape: zero.shape, quantization: undefined, bytes: tensorBytesOf(zero, 1) } as const]
      : []),
  ];
}

function collectNotes(metadata: Readonly<Record<string, string>>): Content["notes"] {
  return Object.entries(metadata).map(([key, value]) => {
    checkName("note", key);
    if (typeof value !== "string" || /\p{Surrogate}/u.test(value)) {
      throw new InvalidArgumentError(`\`metadata\` holds texts. Received: ${key}=${describeValue(value)}. Write it down as JSON.`);
    }
    return { key, value };
  });
}

function collectVocabularies(given: Extras["vocabulary"]): AssetToWrite[] {
  if (given === undefined) return [];
  const isOne = Array.isArray(given) || given instanceof TextVectorization;
  const named = isOne ? { [defaultVocabulary]: given as VocabularyToSave } : (given as Readonly<Record<string, VocabularyToSave>>);
  return Object.entries(named).map(([name, vocabulary]) => {
    checkName("vocabulary", name);
    return { name, kind: "vocabulary", bytes: arrayBytes(encodeWords(name, vocabulary)) };
  });
}

function encodeWords(name: string, vocabulary: VocabularyToSave): Uint8Array {
  const isText = vocabulary instanceof TextVectorization;
  const words: readonly unknown[] = isText ? vocabulary.getVocabulary() : vocabulary;
  const bad = Array.isArray(words) ? words.findIndex((word) => typeof word !== "string" || /\p{Surrogate}/u.test(word)) : 0;
  if (bad >= 0) {
    throw new InvalidArgumentError(
      `The vocabulary "${name}" must be a list of strings. Received: ${describeValue(Array.isArray(words) ? words[bad] : words)} at ${bad}.`,
    );
  }
  return encodeVocabulary({
    words: words as readonly string[],
    textConfig: isText ? JSON.stringify({ ...vocabulary.getConfig(), vocabulary: null, idfWeights: null }) : "",
    idfWeights: isText ? [...(vocabulary.getIdfWeights() ?? [])] : [],
  });
}

function checkName(kind: string, name: string): void {
  const fault = nameFault(name);
  if (fault)
    throw new InvalidArgumentError(`The name of a ${kind} must not ${fault}. Received: ${describeValue(name)}. Choose another name.`);
}
