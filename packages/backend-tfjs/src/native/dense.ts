import type { Backend, BinaryOp, DType, TensorRef, UnaryOp } from "@rowan/api";
import { storageType, types } from "./binding.ts";
import type { NativeContext } from "./native-context.ts";
import type { Id } from "./operations.ts";

type DenseMembers = Pick<Backend, "matmul" | "unary" | "binary" | "cast" | "reduce" | "permute" | "where" | "slice" | "concat">;

const unaryOps: Readonly<Record<Exclude<UnaryOp, "logicalNot">, string>> = {
  abs: "Abs",
  ceil: "Ceil",
  erf: "Erf",
  exp: "Exp",
  expm1: "Expm1",
  floor: "Floor",
  isNan: "IsNan",
  log: "Log",
  log1p: "Log1p",
  neg: "Neg",
  relu: "Relu",
  round: "Rint",
  rsqrt: "Rsqrt",
  sigmoid: "Sigmoid",
  sign: "Sign",
  softplus: "Softplus",
  sqrt: "Sqrt",
  square: "Square",
  tanh: "Tanh",
};

const binaryOps: Readonly<Record<BinaryOp, string>> = {
  add: "AddV2",
  sub: "Sub",
  mul: "Mul",
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
const int32 = { type: types.int32 };

/**
 * Dense mathematics by TensorFlow's operations.
 *
 * @param context - TensorFlow.
 * @returns Members of the contract.
 */
export function denseMembers(context: NativeContext): Required<DenseMembers> {
  const { ops } = context;
  const tensor = (ref: TensorRef): Id => context.tensor(ref);

  /** The values of a tensor in the type that arithmetic knows them by. */
  function numbers(ref: TensorRef): Id {
    return ref.dtype === "int8" ? ops.bitcast(tensor(ref), types.uint8, types.int8) : tensor(ref);
  }

  function compare(op: BinaryOp, a: TensorRef, b: TensorRef): Id {
    const name = binaryOps[op];
    if (op === "logicalAnd" || op === "logicalOr") return ops.one(name, [tensor(a), tensor(b)], {});
    const isOrder = op !== "equal" && op !== "notEqual";
    // TensorFlow has no order of truth values.
    if (isOrder && a.dtype === "bool") {
      const as = (x: TensorRef): Id => ops.cast(tensor(x), types.bool, types.uint8);
      return ops.binary(name, as(a), as(b), types.uint8);
    }
    const strict = isOrder ? {} : { incompatible_shape_error: true };
    return ops.one(name, [numbers(a), numbers(b)], { T: { type: types[a.dtype] }, ...strict });
  }

  /** Toward zero and into the range; a NaN is 0. */
  function truncated(x: Id, dtype: "int32" | "int8" | "uint8"): Id {
    const finite = ops.select(ops.unary("IsNan", x), ops.constant(0), x);
    if (dtype === "int32") {
      const isAbove = ops.scalar("GreaterEqual", finite, 2 ** 31);
      // The largest float below 2^31.
      const held = ops.scalar("Maximum", ops.scalar("Minimum", finite, 2147483520), -(2 ** 31));
      return ops.select(isAbove, ops.integers([2 ** 31 - 1], []), ops.cast(held, types.float32, types.int32), types.int32);
    }
    const [low, high] = dtype === "int8" ? [-128, 127] : [0, 255];
    const held = ops.scalar("Maximum", ops.scalar("Minimum", finite, high), low);
    return ops.cast(held, types.float32, types[dtype]);
  }

  function cast(x: TensorRef, dtype: DType): Id {
    const from = numbers(x);
    if (x.dtype === dtype) return ops.one("Identity", [tensor(x)], { T: { type: storageType(dtype) } });
    if (dtype === "bool") {
      const zero = ops.cast(ops.constant(0), types.float32, types[x.dtype]);
      return ops.one("NotEqual", [from, zero], { T: { type: types[x.dtype] }, incompatible_shape_error: true });
    }
    const isRounded = x.dtype === "float32" && dtype !== "float32";
    const converted = isRounded ? truncated(from, dtype) : ops.cast(from, types[x.dtype], types[dtype]);
    return dtype === "int8" ? ops.bitcast(converted, types.int8, types.uint8) : converted;
  }

  /** TensorFlow's own is 1 too early, and the gradient then 0; far from 0 there is nothing that could cancel out. */
  function tanh(x: Id): Id {
    const size = ops.unary("Abs", x);
    const below = ops.scalar("AddV2", ops.unary("Exp", ops.scalar("Mul", size, 2)), 1);
    const far = ops.binary("Sub", ops.constant(1), ops.binary("RealDiv", ops.constant(2), below));
    return ops.select(ops.scalar("Less", size, 1), ops.unary("Tanh", x), ops.binary("Mul", ops.unary("Sign", x), far));
  }

  return {
    matmul(a, b, transposeA, transposeB) {
      const m = a.shape.at(transposeA ? -1 : -2) as number;
      const n = b.shape.at(transposeB ? -2 : -1) as number;
      const shape = [...(a.shape.length > b.shape.length ? a : b).shape.slice(0, -2), m, n];
      const T = { type: types.float32 };
      return ops.scoped(() => {
        const sides = [tensor(a), tensor(b)];
        // For two matrices the operation for many takes several times as long.
        const isOne = a.shape.length === 2 && b.shape.length === 2;
        const product = isOne
          ? ops.one("MatMul", sides, { T, transpose_a: transposeA, transpose_b: transposeB })
          : ops.one("BatchMatMulV2", sides, { T, adj_x: transposeA, adj_y: transposeB });
        return context.adopt(product, "float32", shape);
      });
    },
    unary: (op, x) =>
      ops.scoped(() => {
        if (op === "logicalNot") return context.adopt(ops.one("LogicalNot", [tensor(x)], {}), "bool", x.shape);
        if (op === "tanh") return context.adopt(tanh(tensor(x)), "float32", x.shape);
        return context.adopt(ops.unary(unaryOps[op], tensor(x)), op === "isNan" ? "bool" : "float32", x.shape);
      }),
    binary: (op, a, b, shape) =>
      ops.scoped(() => {
        if (!arithmetic.has(op)) return context.adopt(compare(op, a, b), "bool", shape);
        return context.adopt(ops.binary(binaryOps[op], tensor(a), tensor(b), types[a.dtype]), a.dtype, shape);
      }),
    cast: (x, dtype) => ops.scoped(() => context.adopt(cast(x, dtype), dtype, x.shape)),
    reduce: (op, x, axes) =>
      ops.scoped(() => {
        const shape = x.shape.filter((_, axis) => !axes.includes(axis));
        const T = { type: types[x.dtype] };
        if (op === "argMax") {
          const attributes = { T, Tidx: int32, output_type: int32 };
          return context.adopt(ops.one("ArgMax", [tensor(x), ops.integers([axes[0] as number], [])], attributes), "int32", shape);
        }
        const name = { sum: "Sum", max: "Max", min: "Min" }[op];
        if (axes.length === 0) return context.adopt(ops.one("Identity", [tensor(x)], { T }), x.dtype, shape);
        const reduced = ops.one(name, [tensor(x), ops.integers(axes)], { T, Tidx: int32, keep_dims: false });
        return context.adopt(reduced, x.dtype, shape);
      }),
    permute: (x, axes) =>
      ops.scoped(() => {
        const shape = axes.map((axis) => x.shape[axis] as number);
        const attributes = { T: { type: storageType(x.dtype) }, Tperm: int32 };
        return context.adopt(ops.one("Transpose", [tensor(x), ops.integers(axes)], attributes), x.dtype, shape);
      }),
    where: (condition, a, b, shape) =>
      ops.scoped(() => {
        const chosen = ops.select(tensor(condition), tensor(a), tensor(b), storageType(a.dtype));
        // All three may be smaller than the shape that they have together.
        const spread = ops.one("BroadcastTo", [chosen, ops.integers(shape)], { T: { type: storageType(a.dtype) }, Tidx: int32 });
        return context.adopt(spread, a.dtype, shape);
      }),
    slice: (x, begin, size) => ops.scoped(() => context.adopt(ops.slice(tensor(x), begin, size, storageType(x.dtype)), x.dtype, size)),
    concat: (parts, axis) =>
      ops.scoped(() => {
        const [first] = parts as readonly [TensorRef];
        const extent = parts.reduce((sum, part) => sum + (part.shape[axis] as number), 0);
        const shape = first.shape.map((size, i) => (i === axis ? extent : size));
        if (parts.length === 1)
          return context.adopt(ops.one("Identity", [tensor(first)], { T: { type: storageType(first.dtype) } }), first.dtype, shape);
        const attributes = { N: parts.length, T: { type: storageType(first.dtype) }, Tidx: int32 };
        return context.adopt(ops.one("ConcatV2", [...parts.map(tensor), ops.integers([axis], [])], attributes), first.dtype, shape);
      }),
  };
}
