import { sizeOf } from "@rowan/api";
import type { Backend, BinaryOp, DType, Shape, TensorRef, TypedArray, UnaryOp } from "@rowan/api";
import type { HostContext, HostHandle } from "../host-context.ts";
import { castElements } from "../kernels/cast.ts";
import { erfSeriesEnd, functions, mapPairs } from "../kernels/elementwise.ts";
import { foldGroups } from "../kernels/fold.ts";

type DenseMembers = Pick<Backend, "matmul" | "unary" | "binary" | "cast" | "reduce" | "permute">;

const unaryKernels: Readonly<Record<UnaryOp, string>> = {
  abs: "Abs",
  ceil: "Ceil",
  erf: "Erf",
  exp: "Exp",
  expm1: "Expm1",
  floor: "Floor",
  isNan: "IsNan",
  log: "Log",
  log1p: "Log1p",
  logicalNot: "LogicalNot",
  neg: "Neg",
  relu: "Relu",
  round: "Round",
  rsqrt: "Rsqrt",
  sigmoid: "Sigmoid",
  sign: "Sign",
  softplus: "Softplus",
  sqrt: "Sqrt",
  square: "Square",
  tanh: "Tanh",
};

const binaryKernels: Readonly<Record<BinaryOp, string>> = {
  add: "Add",
  sub: "Sub",
  mul: "Multiply",
  div: "RealDiv",
  maximum: "Maximum",
  minimum: "Minimum",
  pow: "Pow",
  equal: "Equal",
  notEqual: "NotEqual",
  greater: "Greater",
  greaterEqual: "GreaterEqual",
  less: "Less",
  lessEqual: "LessEqual",
  logicalAnd: "LogicalAnd",
  logicalOr: "LogicalOr",
};

const arithmetic: ReadonlySet<BinaryOp> = new Set(["add", "sub", "mul", "div", "maximum", "minimum", "pow"]);

/**
 * Dense mathematics by the engine's own kernels, and by ours where the engine's give other numbers than the contract.
 *
 * @param context - The engine.
 * @returns Members of the contract.
 */
export function denseMembers(context: HostContext): DenseMembers {
  const isWasm = context.memory.backendName === "wasm";

  /** A function of ours over each element, in float64. */
  function map(f: (x: number) => number, x: TensorRef): HostHandle {
    const out = context.allocate("float32", sizeOf(x.shape));
    const [from, to] = [context.floats(x), context.viewOf(out)];
    for (let i = 0; i < to.length; i++) to[i] = f(from[i] as number);
    return out;
  }

  function erf(x: TensorRef): HostHandle {
    const out = context.run("Erf", { x }, {}, "float32", sizeOf(x.shape));
    const [from, to] = [context.floats(x), context.viewOf(out)];
    for (let i = 0; i < to.length; i++) {
      const value = from[i] as number;
      if (Math.abs(value) < erfSeriesEnd) to[i] = functions.erfNearZero(value);
    }
    return out;
  }

  function pairs(f: (a: number, b: number) => number, a: TensorRef, b: TensorRef, shape: Shape): HostHandle {
    const out = context.allocate(a.dtype, sizeOf(shape));
    const side = (x: TensorRef): { values: TypedArray; shape: Shape } => ({ values: context.view(x), shape: x.shape });
    mapPairs(f, side(a), side(b), context.viewOf(out), shape);
    return out;
  }

  /** The engines lose NaN in maxima, and the sum of int32 in WASM is one of floats. */
  function fold(op: "sum" | "max" | "min", x: TensorRef, axes: readonly number[], length: number): HostHandle {
    const kept = x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
    const order = [...kept, ...axes];
    const isInOrder = order.every((axis, i) => axis === i);
    const grouped = isInOrder ? undefined : context.run("Transpose", { x }, { perm: order }, x.dtype, sizeOf(x.shape));
    try {
      const out = context.allocate(x.dtype, length);
      foldGroups(op, grouped ? context.viewOf(grouped) : context.view(x), context.viewOf(out));
      return out;
    } finally {
      if (grouped) context.free(grouped);
    }
  }

  return {
    matmul(a, b, transposeA, transposeB) {
      const [m, k] = transposeA ? [a.shape.at(-1), a.shape.at(-2)] : [a.shape.at(-2), a.shape.at(-1)];
      const n = b.shape.at(transposeB ? -2 : -1) as number;
      const length = sizeOf((a.shape.length > b.shape.length ? a : b).shape.slice(0, -2)) * (m as number) * n;
      if (length > 0 && k !== 0) return context.run("BatchMatMul", { a, b }, { transposeA, transposeB }, "float32", length);
      const zeros = context.allocate("float32", length);
      context.viewOf(zeros).fill(0);
      return zeros;
    },
    unary(op, x) {
      if (op === "sign") return map(functions.sign, x);
      if (op === "log1p" && isWasm) return map(functions.log1p, x);
      if (op === "erf" && !isWasm) return erf(x);
      const dtype = op === "isNan" || op === "logicalNot" ? "bool" : "float32";
      return context.run(unaryKernels[op], { x }, {}, dtype, sizeOf(x.shape));
    },
    binary(op, a, b, shape) {
      if (isWasm && op === "maximum") return pairs(Math.max, a, b, shape);
      if (isWasm && op === "minimum") return pairs(Math.min, a, b, shape);
      const dtype: DType = arithmetic.has(op) ? a.dtype : "bool";
      return context.run(binaryKernels[op], { a, b }, {}, dtype, sizeOf(shape));
    },
    cast(x, dtype) {
      const out = context.allocate(dtype, sizeOf(x.shape));
      castElements(context.view(x), context.viewOf(out), dtype);
      return out;
    },
    reduce(op, x, axes) {
      const length = sizeOf(x.shape.filter((_, axis) => !axes.includes(axis)));
      if (op === "argMax") return context.run("ArgMax", { x }, { axis: axes[0] as number }, "int32", length);
      if (op !== "sum" || x.dtype === "int32") return fold(op, x, axes, length);
      return context.run("Sum", { x }, { axis: [...axes], keepDims: false }, x.dtype, length);
    },
    permute: (x, axes) => context.run("Transpose", { x }, { perm: [...axes] }, x.dtype, sizeOf(x.shape)),
  };
}
