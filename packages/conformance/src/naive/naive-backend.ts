import { createTypedArray, sizeOf } from "@rowan/api";
import type {
  Backend,
  BackendMemory,
  BinaryOp,
  Capabilities,
  CopyRegion,
  DType,
  GatherReduceArgs,
  Handle,
  ReduceOp,
  RowwiseAdagradRule,
  Shape,
  TensorRef,
  TypedArray,
  UnaryOp,
  UpdateArgs,
} from "@rowan/api";
import { binaryFunction, isComparison } from "./binary.ts";
import { fold, multiply } from "./dense.ts";
import type { Values } from "./dense.ts";
import { indicesOf, ravelIn } from "./layout.ts";
import { reduceBag } from "./rows.ts";
import { applyRule, applyToRow } from "./rules.ts";
import { NaiveStorage } from "./storage.ts";
import { unaryFunctions } from "./unary.ts";

const capabilities: Capabilities = {
  dtypes: ["float32", "int32", "uint8", "int8", "bool"],
  maxTableBytes: 2 ** 30,
  syncRead: true,
  syncRows: true,
  sharedTables: false,
  deterministic: true,
};

const ranges = { int32: [-2147483648, 2147483647], int8: [-128, 127], uint8: [0, 255] } as const;

/** From float32 toward zero into the range of a dtype; NaN becomes 0. */
function saturating(dtype: DType): (value: number) => number {
  if (dtype === "float32" || dtype === "bool") return Number;
  const [low, high] = ranges[dtype];
  return (value) => (Number.isNaN(value) ? 0 : Math.trunc(Math.min(Math.max(value, low), high)));
}

/** The shortest backend that is right: plain loops over typed arrays, float64 inside, one rounding at the end. */
export class NaiveBackend implements Backend {
  readonly name: string = "naive";
  readonly device: string = "plain loops in float64, the reference";
  readonly capabilities: Capabilities = capabilities;
  readonly #storage: NaiveStorage;

  /** @param storage - Where the values lie. */
  constructor(storage: NaiveStorage = new NaiveStorage(capabilities.maxTableBytes)) {
    this.#storage = storage;
  }

  allocate(dtype: DType, length: number): Handle {
    return this.#storage.allocate(dtype, length);
  }

  write(target: TensorRef, data: TypedArray, offset: number): void {
    this.#storage.dataOf(target).set(data, offset);
  }

  read(source: TensorRef, offset: number, length: number): Promise<TypedArray> {
    return Promise.resolve(this.readSync(source, offset, length));
  }

  readSync(source: TensorRef, offset: number, length: number): TypedArray {
    const values = createTypedArray(source.dtype, length);
    values.set(this.#storage.dataOf(source).subarray(offset, offset + length));
    return values;
  }

  copy(source: TensorRef, target: TensorRef, { sourceOffset, targetOffset, length }: CopyRegion): void {
    this.#storage.dataOf(target).set(this.#storage.dataOf(source).subarray(sourceOffset, sourceOffset + length), targetOffset);
  }

  free(handle: Handle): void {
    this.#storage.free(handle);
  }

  memory(): BackendMemory {
    return this.#storage.memory();
  }

  dispose(): void {
    this.#storage.clear();
  }

  gather(source: TensorRef, ids: TensorRef, into?: Handle): Handle {
    const length = sizeOf(source.shape.slice(1));
    const data = this.#storage.dataOf(source);
    const rows = Array.from(this.#storage.dataOf(ids), (id) => Array.from(data.subarray(id * length, (id + 1) * length)));
    return this.#result(source.dtype, rows.flat(), into);
  }

  gatherReduce({ source, ids, offsets, weights, mode, into }: GatherReduceArgs): Handle {
    const dim = source.shape[1] as number;
    const data = this.#storage.dataOf(source);
    const rows = Array.from(this.#storage.dataOf(ids), (id) => data.subarray(id * dim, (id + 1) * dim));
    const factors = weights ? Array.from(this.#storage.dataOf(weights)) : rows.map(() => 1);
    const starts = Array.from(this.#storage.dataOf(offsets));
    const bags = starts.slice(1).flatMap((end, bag) => reduceBag(rows.slice(starts[bag], end), factors.slice(starts[bag], end), mode, dim));
    return this.#result("float32", bags, into);
  }

  scatter(target: TensorRef, ids: TensorRef, rows: TensorRef): void {
    const length = sizeOf(target.shape.slice(1));
    const data = this.#storage.dataOf(target);
    const values = this.#storage.dataOf(rows);
    this.#storage.dataOf(ids).forEach((id, i) => data.set(values.subarray(i * length, (i + 1) * length), id * length));
  }

  update({ rule, target, slots, gradient, ids }: UpdateArgs): void {
    const state = [target, ...slots].map((tensor) => this.#storage.dataOf(tensor));
    const dim = ids ? sizeOf(target.shape.slice(1)) : sizeOf(target.shape);
    const rows = ids ? this.#storage.dataOf(ids) : Int32Array.of(0);
    if (rule.kind === "rowwiseAdagrad") {
      this.#updateRowwise(rule, { target, slots, gradient, ids });
      return;
    }
    this.#storage.dataOf(gradient).forEach((g, i) => {
      const position = (rows[Math.floor(i / dim)] as number) * dim + (i % dim);
      const next = applyRule(
        rule,
        state.map((data) => data[position] as number),
        g,
      );
      state.forEach((data, slot) => (data[position] = next[slot] as number));
    });
  }

  #updateRowwise(
    rule: RowwiseAdagradRule,
    { target, slots, gradient, ids }: Omit<UpdateArgs, "rule" | "ids"> & { ids: TensorRef | undefined },
  ): void {
    const [weights, grads] = [this.#storage.dataOf(target), this.#storage.dataOf(gradient)];
    const accumulators = this.#storage.dataOf(slots[0] as TensorRef);
    const dim = sizeOf(target.shape.slice(1));
    const rows = ids ? Array.from(this.#storage.dataOf(ids)) : Array.from(accumulators.keys());
    rows.forEach((row, i) => {
      const before = Array.from(weights.subarray(row * dim, (row + 1) * dim));
      const after = applyToRow(rule, before, accumulators[row] as number, Array.from(grads.subarray(i * dim, (i + 1) * dim)));
      weights.set(after.row, row * dim);
      accumulators[row] = after.accumulator;
    });
  }

  matmul(a: TensorRef, b: TensorRef, transposeA: boolean, transposeB: boolean): Handle {
    return this.#result("float32", multiply(this.#values(a), this.#values(b), transposeA, transposeB));
  }

  unary(op: UnaryOp, x: TensorRef): Handle {
    const dtype = op === "isNan" || op === "logicalNot" ? "bool" : "float32";
    return this.#result(dtype, Array.from(this.#storage.dataOf(x), unaryFunctions[op]));
  }

  binary(op: BinaryOp, a: TensorRef, b: TensorRef, shape: Shape): Handle {
    const [x, y, f] = [this.#storage.dataOf(a), this.#storage.dataOf(b), binaryFunction(op)];
    const [inA, inB] = [ravelIn(a.shape), ravelIn(b.shape)];
    const values = Array.from(indicesOf(shape), (index) => f(x[inA(index)] as number, y[inB(index)] as number));
    return this.#result(isComparison(op) ? "bool" : a.dtype, values);
  }

  cast(x: TensorRef, dtype: DType): Handle {
    const convert = dtype === "bool" ? (value: number): number => Number(value !== 0) : x.dtype === "float32" ? saturating(dtype) : Number;
    return this.#result(dtype, Array.from(this.#storage.dataOf(x), convert));
  }

  reduce(op: ReduceOp, x: TensorRef, axes: readonly number[]): Handle {
    return this.#result(op === "argMax" ? "int32" : x.dtype, fold(op, this.#values(x), axes));
  }

  permute(x: TensorRef, axes: readonly number[]): Handle {
    const data = this.#storage.dataOf(x);
    const shape = axes.map((axis) => x.shape[axis] as number);
    const inX = ravelIn(x.shape);
    const sourceAxes = axes.map((_, axis) => axes.indexOf(axis));
    return this.#result(
      x.dtype,
      Array.from(indicesOf(shape), (index) => data[inX(sourceAxes.map((axis) => index[axis] as number))] as number),
    );
  }

  #values(x: TensorRef): Values {
    return { data: this.#storage.dataOf(x), shape: x.shape };
  }

  /** Into the caller's handle, or into a new one. */
  #result(dtype: DType, values: ArrayLike<number>, into?: Handle): Handle {
    const handle = into ?? this.#storage.allocate(dtype, values.length);
    this.#storage.dataOf({ handle, dtype, shape: [values.length] }).set(values);
    return handle;
  }
}
