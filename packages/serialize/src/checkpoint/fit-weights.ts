import { ShapeMismatchError } from "@rowan/api";
import type { Header, StoredTensor } from "../format/header.ts";
import type { NamedWeight } from "./weights.ts";

/** What a checkpoint and a model have in common, and what not. */
export interface LoadReport {
  /** The names of the weights that were loaded. */
  readonly loaded: readonly string[];
  /** Weights of the model that the checkpoint does not have. */
  readonly missing: readonly string[];
  /** Weights of the checkpoint that the model does not have. */
  readonly extra: readonly string[];
  /** Weights of both, but of another shape. */
  readonly reshaped: readonly { readonly name: string; readonly expected: readonly number[]; readonly received: readonly number[] }[];
}

/** A weight and its tensor. */
export interface WeightMatch {
  readonly weight: NamedWeight;
  readonly tensor: StoredTensor;
}

/**
 * Compares the weights of a model with those of a checkpoint, by name; names that differ only in the number behind them go together
 * in their order.
 *
 * @param header - Of the checkpoint.
 * @param weights - Of the model.
 * @returns What fits, and a report of everything.
 */
export function compareWeights(header: Header, weights: readonly NamedWeight[]): { matches: WeightMatch[]; report: LoadReport } {
  const helpers = new Set<string>();
  for (const { quantization } of header.tensors) {
    if (quantization) helpers.add(quantization.scales).add(quantization.zeros);
  }
  for (const { slots, average } of header.model?.optimizer?.weights ?? []) {
    helpers.add(average);
    for (const { tensor } of slots) helpers.add(tensor);
  }
  const stored = new Map(header.tensors.filter(({ name }) => !helpers.has(name)).map((tensor) => [tensor.name, tensor]));
  const matches: WeightMatch[] = [];
  const missing: string[] = [];
  const reshaped: { name: string; expected: readonly number[]; received: readonly number[] }[] = [];
  const chosen = weights.map((weight) => ({ weight, tensor: take(stored, weight.name) }));
  for (const { weight, tensor: named } of chosen) {
    const { name, variable } = weight;
    // Layers without a name of their own are numbered through in a program: the second model of the same text has other names.
    const tensor =
      named ??
      take(
        stored,
        [...stored.keys()].find((other) => unnumbered(other) === unnumbered(name)),
      );
    if (!tensor) missing.push(name);
    else if (tensor.shape.length !== variable.shape.length || tensor.shape.some((extent, axis) => extent !== variable.shape[axis])) {
      reshaped.push({ name, expected: variable.shape, received: tensor.shape });
    } else matches.push({ weight, tensor });
  }
  return { matches, report: { loaded: matches.map(({ weight }) => weight.name), missing, extra: [...stored.keys()], reshaped } };
}

function take(stored: Map<string, StoredTensor>, name: string | undefined): StoredTensor | undefined {
  const tensor = name === undefined ? undefined : stored.get(name);
  if (tensor) stored.delete(tensor.name);
  return tensor;
}

/** `embedding_4/embeddings` as `embedding/embeddings`. */
function unnumbered(name: string): string {
  return name.replace(/_\d+(?=\/)/g, "");
}

/**
 * Throws where a checkpoint is of another architecture.
 *
 * @param file - The checkpoint, for the message.
 * @param model - The model's name.
 * @param report - What was found.
 * @throws ShapeMismatchError that lists what is missing, extra and of another shape.
 */
export function throwMisfits(file: string, model: string, { missing, extra, reshaped }: LoadReport): void {
  const shapes = reshaped.map(({ name, expected, received }) => `${name} [${received.join(", ")}] instead of [${expected.join(", ")}]`);
  const parts = [
    ...(missing.length > 0 ? [`missing: ${missing.join(", ")}`] : []),
    ...(extra.length > 0 ? [`extra: ${extra.join(", ")}`] : []),
    ...(shapes.length > 0 ? [`of another shape: ${shapes.join(", ")}`] : []),
  ];
  if (parts.length === 0) return;
  throw new ShapeMismatchError(
    `The checkpoint must have the weights of the model "${model}". Received: ${file}, ${parts.join("; ")}. Load what fits with { partial: true }, or make the model as it was saved.`,
  );
}
