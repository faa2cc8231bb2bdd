import { bytesPerElement } from "@rowan/api";
import type { BagMode, UpdateRule } from "@rowan/api";
import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { RowKernels } from "../row-kernels.ts";
import type { RowModule } from "./load-row-module.ts";

/** Tensors behind a kernel's inputs, as places in memory. */
interface Places {
  at(name: string): number;
  has(name: string): boolean;
  /** All elements. */
  size(name: string): number;
  /** The product of all extents but the first. */
  width(name: string): number;
  bytes(name: string): number;
}

const bagModes: Readonly<Record<Exclude<BagMode, "max">, number>> = { sum: 0, mean: 1, sqrtn: 2 };
/** Columns of the factors: what w is multiplied with, and what second moments are. */
const [columnD, columnB] = [0, 2];

/**
 * Our kernels in WASM SIMD, on tensors that lie in the memory of TensorFlow.js' own module.
 *
 * @param rows - The kernels over that memory.
 * @param placeOf - Where a tensor lies, in bytes.
 * @returns One function for each kernel that we register.
 */
export function placedKernels(rows: RowModule, placeOf: (info: TensorInfo) => number): RowKernels {
  const places = (inputs: Parameters<RowKernels["RowanGather"]>[0]): Places => {
    const info = (name: string): TensorInfo => inputs[name] as TensorInfo;
    return {
      at: (name) => placeOf(info(name)),
      has: (name) => inputs[name] !== undefined,
      size: (name) => productFrom(0, info(name).shape),
      width: (name) => productFrom(1, info(name).shape),
      bytes: (name) => bytesPerElement(info(name).dtype === "bool" ? "bool" : "float32"),
    };
  };
  return {
    RowanGather(inputs) {
      const x = places(inputs);
      rows.gatherRows(x.at("source"), x.at("ids"), x.at("out"), x.size("ids"), x.width("source") * x.bytes("source"), 1);
    },
    RowanScatter(inputs) {
      const x = places(inputs);
      rows.scatterRows(x.at("target"), x.at("ids"), x.at("rows"), x.size("ids"), x.width("target") * x.bytes("target"));
    },
    RowanFoldBags(inputs, attributes) {
      const x = places(inputs);
      const mode = attributes["mode"] as BagMode;
      const [source, ids, offsets, out] = [x.at("source"), x.at("ids"), x.at("offsets"), x.at("out")];
      const [bags, dim] = [x.size("offsets") - 1, x.width("source")];
      if (mode === "max") rows.maxBags(source, ids, offsets, out, bags, dim);
      else {
        const weighted = x.has("weights");
        rows.sumBags(source, ids, offsets, weighted ? x.at("weights") : source, Number(weighted), out, bags, dim, bagModes[mode]);
      }
    },
    RowanUpdate(inputs, attributes) {
      const { rule, count, dim } = attributes as { rule: UpdateRule; count: number; dim: number };
      update(rows, places(inputs), rule, count, dim);
    },
    RowanCatchUp(inputs, attributes) {
      catchUp(rows, places(inputs), attributes["rule"] as UpdateRule);
    },
  };
}

function update(rows: RowModule, x: Places, rule: UpdateRule, count: number, dim: number): void {
  const { decay } = rule;
  const [w, g] = [x.at("target"), x.at("gradient")];
  const indexed = Number(x.has("ids"));
  const ids = indexed === 1 ? x.at("ids") : w;
  const slot = (index: number): number => (x.has(`slot${index}`) ? x.at(`slot${index}`) : w);
  switch (rule.kind) {
    case "sgd":
      if (rule.momentum === 0) rows.sgd(w, g, ids, indexed, count, dim, decay, rule.learningRate);
      else rows.momentum(w, slot(0), g, ids, indexed, count, dim, decay, rule.learningRate, rule.momentum, Number(rule.nesterov));
      return;
    case "adam": {
      const { stepSize, beta1, beta2, epsilon, amsgrad } = rule;
      const factors = [decay, stepSize, 1 - beta1, 1 - beta2, epsilon, Number(amsgrad)];
      rows.adam(w, slot(0), slot(1), slot(2), g, ids, indexed, count, dim, ...factors);
      return;
    }
    case "rmsprop": {
      const { learningRate, rho, momentum, epsilon, centered } = rule;
      const factors = [decay, learningRate, rho, 1 - rho, momentum, epsilon, Number(centered)];
      rows.rmsprop(w, slot(0), slot(1), slot(momentum > 0 ? 2 : 1), g, ids, indexed, count, dim, ...factors);
      return;
    }
    case "adagrad":
    case "rowwiseAdagrad":
      rows[rule.kind](w, slot(0), g, ids, indexed, count, dim, decay, rule.learningRate, rule.epsilon);
      return;
  }
}

function catchUp(rows: RowModule, x: Places, rule: UpdateRule): void {
  const w = x.at("target");
  const where = [x.at("ids"), x.at("factors"), x.at("groups"), x.size("ids"), x.width("target"), x.width("factors")];
  const slot = (index: number): number => (x.has(`slot${index}`) ? x.at(`slot${index}`) : w);
  if (rule.kind === "adam") {
    rows.catchUpAdam(w, slot(0), slot(1), slot(2), ...where, rule.epsilon, Number(rule.amsgrad));
    return;
  }
  const momentum = rule.kind === "sgd" || rule.kind === "rmsprop" ? rule.momentum : 0;
  if (momentum > 0) rows.catchUpMomentum(w, slot(rule.kind === "sgd" ? 0 : 1), ...where);
  else rows.scaleRows(w, ...where, columnD, 0);
  if (rule.kind !== "rmsprop") return;
  rows.scaleRows(slot(0), ...where, columnB, 1);
  if (rule.centered) rows.scaleRows(slot(momentum > 0 ? 2 : 1), ...where, columnB, 1);
}

function productFrom(first: number, shape: readonly number[]): number {
  let product = 1;
  for (let axis = first; axis < shape.length; axis++) product *= shape[axis] as number;
  return product;
}
