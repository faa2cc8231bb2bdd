import { InternalError, bytesPerElement, sizeOf } from "@rowan/api";
import type { ArithmeticOp, Backend, BinaryOp, DType, Shape, TensorRef } from "@rowan/api";
import type { Context } from "../context.ts";
import type { IntegerArithmeticOp, RelationOp } from "../kernels.ts";
import { broadcastStrides, collapse } from "../layout.ts";
import type { Layout } from "../layout.ts";
import type { Block } from "../storage.ts";

type ElementwiseMembers = Pick<Backend, "unary" | "binary" | "where" | "cast">;

const arithmetic: readonly BinaryOp[] = ["add", "sub", "mul", "div", "maximum", "minimum", "pow"];
const suffixes = { float32: "F32", int32: "I32", int8: "I8", uint8: "U8", bool: "U8" } as const;

/**
 * Elementwise functions.
 *
 * @param context - Kernels and memory.
 * @returns Members of the contract.
 */
export function elementwiseMembers<F, I, U>(context: Context<F, I, U>): Required<ElementwiseMembers> {
  const { kernels } = context;

  function arithmeticOf(op: ArithmeticOp, a: TensorRef, b: TensorRef, out: Block<F, I, U>, layout: Layout): void {
    const [x, y, place, rank] = [context.block(a), context.block(b), context.layout(layout), layout.dims.length];
    if (a.dtype === "float32") kernels[`${op}F32`](x.f32, y.f32, out.f32, place, rank);
    else if (a.dtype === "int32" && op !== "div" && op !== "pow")
      kernels[`${op satisfies IntegerArithmeticOp}I32`](x.i32, y.i32, out.i32, place, rank);
    else throw new InternalError(`\`${op}\` reached the backend with ${a.dtype}.`);
  }

  function relationOf(op: RelationOp | "logicalAnd" | "logicalOr", a: TensorRef, b: TensorRef, out: Block<F, I, U>, layout: Layout): void {
    const [x, y, place, rank] = [context.block(a), context.block(b), context.layout(layout), layout.dims.length];
    const suffix = suffixes[a.dtype];
    if (op === "logicalAnd" || op === "logicalOr") kernels[op](x.u8, y.u8, out.u8, place, rank);
    else if (suffix === "F32") kernels[`${op}F32`](x.f32, y.f32, out.u8, place, rank);
    else if (suffix === "I32") kernels[`${op}I32`](x.i32, y.i32, out.u8, place, rank);
    else kernels[`${op}${suffix}`](x.u8, y.u8, out.u8, place, rank);
  }

  function castInto(x: Block<F, I, U>, from: DType, out: Block<F, I, U>, to: DType, count: number): void {
    if (from === "float32") {
      if (to === "int32") kernels.castF32I32(x.f32, out.i32, count);
      else kernels[to === "int8" ? "castF32I8" : to === "uint8" ? "castF32U8" : "castF32Bool"](x.f32, out.u8, count);
    } else if (from === "int32") {
      if (to === "float32") kernels.castI32F32(x.i32, out.f32, count);
      else kernels[to === "bool" ? "castI32Bool" : "castI32U8"](x.i32, out.u8, count);
    } else if (to === "float32") kernels[from === "int8" ? "castI8F32" : "castU8F32"](x.u8, out.f32, count);
    else if (to === "int32") kernels[from === "int8" ? "castI8I32" : "castU8I32"](x.u8, out.i32, count);
    else if (to === "bool") kernels.castU8Bool(x.u8, out.u8, count);
    else kernels.copyBytes(x.u8, 0, out.u8, 0, count);
  }

  return {
    unary(op, x) {
      const count = sizeOf(x.shape);
      const source = context.block(x);
      if (op === "isNan" || op === "logicalNot") {
        const out = context.result("bool", count);
        if (op === "isNan") kernels.isNan(source.f32, out.u8, count);
        else kernels.logicalNot(source.u8, out.u8, count);
        return out;
      }
      const out = context.result("float32", count);
      kernels[op](source.f32, out.f32, count);
      return out;
    },
    binary(op, a, b, shape) {
      const isArithmetic = arithmetic.includes(op);
      const out = context.result(isArithmetic ? a.dtype : "bool", sizeOf(shape));
      if (sizeOf(shape) === 0) return out;
      const layout = layoutOf(shape, [a.shape, b.shape]);
      if (isArithmetic) arithmeticOf(op as ArithmeticOp, a, b, out, layout);
      else relationOf(op as Exclude<BinaryOp, ArithmeticOp>, a, b, out, layout);
      return out;
    },
    where(condition, a, b, shape) {
      const out = context.result(a.dtype, sizeOf(shape));
      if (sizeOf(shape) === 0) return out;
      const layout = layoutOf(shape, [condition.shape, a.shape, b.shape]);
      const [test, x, y, place, rank] = [
        context.block(condition).u8,
        context.block(a),
        context.block(b),
        context.layout(layout),
        layout.dims.length,
      ];
      if (bytesPerElement(a.dtype) === 4) kernels.selectWords(test, x.i32, y.i32, out.i32, place, rank);
      else kernels.selectBytes(test, x.u8, y.u8, out.u8, place, rank);
      return out;
    },
    cast(x, dtype) {
      const count = sizeOf(x.shape);
      const out = context.result(dtype, count);
      if (x.dtype === dtype) kernels.copyBytes(context.block(x).u8, 0, out.u8, 0, count * bytesPerElement(dtype));
      else castInto(context.block(x), x.dtype, out, dtype, count);
      return out;
    },
  };
}

function layoutOf(shape: Shape, operands: readonly Shape[]): Layout {
  return collapse(
    shape,
    operands.map((operand) => broadcastStrides(operand, shape)),
  );
}
