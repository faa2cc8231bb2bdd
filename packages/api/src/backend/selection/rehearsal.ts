/** Work of the user's sizes, done through the contract alone, so that it can be timed on any backend. */
import type { Backend, Handle, TensorRef } from "../backend.ts";
import { fill } from "../defaults/fill.ts";
import { planRows } from "../defaults/plan-rows.ts";
import { upload, withTemporaries } from "../defaults/upload.ts";
import type { UpdateRule } from "../rule.ts";
import { deliverRows } from "../../table/output.ts";
import { NDArray } from "../../tensor/ndarray.ts";
import { Tensor } from "../../tensor/tensor.ts";
import type { Workload } from "./workload.ts";

/** One piece of work that can be repeated. */
export interface Rehearsal {
  /**
   * Does it once, to the last read.
   *
   * @param batch - How many of the ids it takes; all of them when left out.
   */
  run(batch?: number): Promise<void>;
  dispose(): void;
}

/** How many different ids there are: with the same ones again and again the rows would stay in the caches. */
const idSets = 4;

/** Ids of a bag. */
const bagWidth = 16;

const adam: UpdateRule = { kind: "adam", decay: 0, stepSize: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-7, amsgrad: false };

/**
 * A table and its ids on a backend.
 *
 * @param backend - Where the work shall be done.
 * @param workload - Sizes that the backend has room for.
 * @returns The work.
 */
export function rehearse(backend: Backend, { inputDim, outputDim, batch, work }: Workload): Rehearsal {
  const handles: Handle[] = [];
  // Filled, since untouched memory has no pages yet: reading it would be too fast.
  const make = (rows: number, dim: number, value: number): TensorRef => {
    const tensor: TensorRef = { handle: backend.allocate("float32", rows * dim), shape: [rows, dim], dtype: "float32" };
    handles.push(tensor.handle);
    fill(backend, tensor, value);
    return tensor;
  };
  const dispose = (): void => {
    for (const handle of handles) backend.free(handle);
  };
  try {
    const table = make(inputDim, outputDim, 0.01);
    const ids = Array.from({ length: idSets }, (_, set) => spreadIds(batch, inputDim, set * batch));
    let call = 0;
    const nextIds = (count: number): Int32Array => (ids[call++ % idSets] as Int32Array).subarray(0, count);
    if (work === "lookup") return { run: (count = batch) => lookUp(backend, table, nextIds(count)), dispose };
    const withSlots = (target: TensorRef): Parameter => {
      const [rows = 0, dim = 0] = target.shape;
      return { target, slots: [make(rows, dim, 0), make(rows, dim, 0)] };
    };
    const weights = withSlots(table);
    const head = withSlots(make(outputDim, 1, 0.01));
    return { run: (count = batch) => train(backend, weights, head, nextIds(count)), dispose };
  } catch (error) {
    dispose();
    throw error;
  }
}

interface Parameter {
  readonly target: TensorRef;
  readonly slots: readonly TensorRef[];
}

/** Ids from all over a table, without a generator: multiples of the golden ratio. */
function spreadIds(count: number, rows: number, first: number): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => Math.floor(((Math.imul(first + i + 1, 0x9e3779b1) >>> 0) / 2 ** 32) * rows));
}

/** What `table.lookup` does behind its checks. */
async function lookUp(backend: Backend, table: TensorRef, ids: Int32Array): Promise<void> {
  const dim = table.shape[1] as number;
  await deliverRows(backend, [ids.length, dim], ids.length, undefined, (from, to, into) => {
    const where = Tensor.fromHost(new NDArray(ids.subarray(from, to), [to - from]), backend);
    const handle = backend.gather(table, where, into?.handle);
    return into ?? Tensor.own(backend, handle, [to - from, dim], "float32");
  });
}

/** A classifier of small bags, as models of text are: forward, backward, one update a row, one of the head, and the loss. */
async function train(backend: Backend, weights: Parameter, head: Parameter, asked: Int32Array): Promise<void> {
  const table = weights.target;
  const [rows = 0, dim = 0] = table.shape;
  const width = Math.min(bagWidth, asked.length);
  const bags = Math.floor(asked.length / width);
  const ids = asked.subarray(0, bags * width);
  const plan = planRows(backend, ids, rows);
  const loss = withTemporaries(backend, (keep) => {
    const tensor = (handle: Handle, shape: readonly number[]): TensorRef => keep({ handle, shape, dtype: "float32" });
    const list = (values: Int32Array): TensorRef => keep(upload(backend, values, [values.length]));
    const inputs = tensor(backend.gather(table, list(ids)), [bags, width, dim]);
    const pooled = tensor(backend.reduce("sum", inputs, [1]), [bags, dim]);
    const logits = tensor(backend.matmul(pooled, head.target, false, false), [bags, 1]);
    const errors = tensor(backend.unary("sigmoid", logits), [bags, 1]);
    const headGradient = tensor(backend.matmul(pooled, errors, true, false), [dim, 1]);
    const bagGradients = tensor(backend.matmul(errors, head.target, false, true), [bags, 1, dim]);
    const ones = keep(upload(backend, new Float32Array(width).fill(1), [1, width, 1]));
    const shape = [bags, width, dim];
    const rowGradients = { ...tensor(backend.binary("mul", bagGradients, ones, shape), shape), shape: [ids.length, dim] };
    const [unique, positions, offsets] = [list(plan.unique), list(plan.positions), list(plan.offsets)];
    const sums = tensor(backend.gatherReduce({ source: rowGradients, ids: positions, offsets, mode: "sum" }), [plan.unique.length, dim]);
    backend.update({ rule: adam, ...weights, gradient: sums, ids: unique });
    backend.update({ rule: adam, ...head, gradient: headGradient });
    return { handle: backend.reduce("sum", errors, [0, 1]), shape: [], dtype: "float32" } as const;
  });
  await backend.read(loss, 0, 1);
  backend.free(loss.handle);
}
