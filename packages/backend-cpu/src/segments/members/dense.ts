import { bytesPerElement, sizeOf } from "@rowan/api";
import type { Backend, BinaryOp, DType, Handle, ReduceOp, Shape, TensorRef } from "@rowan/api";
import type { Desk, Keep } from "../desk.ts";

type DenseMembers = Pick<Backend, "unary" | "binary" | "where" | "cast" | "reduce" | "matmul" | "permute" | "concat" | "slice" | "topK">;

const arithmetic: readonly BinaryOp[] = ["add", "sub", "mul", "div", "maximum", "minimum", "pow"];
const joins = { sum: "add", max: "maximum", min: "minimum" } as const;

/**
 * Dense mathematics on tensors in segments. What keeps the first axis apart goes through the first memory piece by piece, and may be
 * as large as segments are; the rest is brought there whole, or does not fit.
 *
 * @param desk - The first memory.
 * @param allocateRows - Memory for large results.
 * @param free - Gives it back.
 * @returns Members of the contract.
 */
export function segmentedDense<F, I, U>(
  desk: Desk<F, I, U>,
  allocateRows: (dtype: DType, shape: Shape) => Handle,
  free: (handle: Handle) => void,
): Required<DenseMembers> {
  const { home } = desk;
  const isFar = (...tensors: TensorRef[]): boolean => tensors.some((tensor) => desk.segmented(tensor));

  /** Rows of a result, each range computed from the same range of the operands. */
  function sweep(
    dtype: DType,
    shape: Shape,
    operands: readonly TensorRef[],
    compute: (parts: TensorRef[], shape: Shape) => Handle,
    isSplit = (x: TensorRef): boolean => x.shape.length === shape.length && shape.length > 0 && x.shape[0] === shape[0],
  ): Handle {
    const [count = 1, ...row] = shape;
    const handle = allocateRows(dtype, shape);
    const result: TensorRef = { handle, shape, dtype };
    const step = desk.rowsOfPiece(4 * Math.max(sizeOf(row), ...operands.filter(isSplit).map((x) => sizeOf(x.shape.slice(1)))));
    try {
      desk.with((keepAll) => {
        const known = operands.map((x) => (isSplit(x) ? x : desk.bring(keepAll, x)));
        for (let from = 0; from < count; from += step) {
          const length = Math.min(step, count - from);
          desk.with((keep) => {
            const parts = known.map((x) => (isSplit(x) ? desk.rows(keep, x, from, length) : x));
            const piece = keep({ handle: compute(parts, shape.length === 0 ? [] : [length, ...row]), shape: [length, ...row], dtype });
            const size = sizeOf(row) * bytesPerElement(dtype);
            desk.copyBytes(piece.handle, 0, result.handle, from * size, length * size);
          });
        }
      });
    } catch (error) {
      free(handle);
      throw error;
    }
    return handle;
  }

  /** A reduction over the first axis and perhaps others: pieces of rows, then their results. */
  function reducePieces(op: keyof typeof joins, x: TensorRef, axes: readonly number[]): Handle {
    const shape = x.shape.filter((_, axis) => !axes.includes(axis));
    const count = x.shape[0] as number;
    const step = desk.rowsOfPiece(sizeOf(x.shape.slice(1)) * 4);
    const ref = (handle: Handle): TensorRef => ({ handle, shape, dtype: x.dtype });
    let total: TensorRef | undefined;
    for (let from = 0; from < count; from += step) {
      total = desk.with((keep) => {
        const before = total && keep(total);
        const part = home.reduce(op, desk.rows(keep, x, from, Math.min(step, count - from)), axes);
        return ref(before ? home.binary(joins[op], before, keep(ref(part)), shape) : part);
      });
    }
    return total?.handle ?? desk.with((keep) => home.reduce(op, desk.bring(keep, x), axes));
  }

  /** An operation in the first memory, to which its operands are brought whole. */
  function atHome<T>(tensors: readonly TensorRef[], work: (...brought: TensorRef[]) => T): T {
    return desk.with((keep: Keep) => work(...tensors.map((tensor) => desk.bring(keep, tensor))));
  }

  return {
    unary(op, x) {
      if (!isFar(x)) return home.unary(op, x);
      const dtype = op === "isNan" || op === "logicalNot" ? "bool" : "float32";
      return sweep(dtype, x.shape, [x], ([part]) => home.unary(op, part as TensorRef));
    },
    cast(x, dtype) {
      if (!isFar(x)) return home.cast(x, dtype);
      return sweep(dtype, x.shape, [x], ([part]) => home.cast(part as TensorRef, dtype));
    },
    binary(op, a, b, shape) {
      if (!isFar(a, b)) return home.binary(op, a, b, shape);
      const dtype = arithmetic.includes(op) ? a.dtype : "bool";
      return sweep(dtype, shape, [a, b], ([x, y], part) => home.binary(op, x as TensorRef, y as TensorRef, part));
    },
    where(condition, a, b, shape) {
      if (!isFar(condition, a, b)) return home.where(condition, a, b, shape);
      return sweep(a.dtype, shape, [condition, a, b], ([test, x, y], part) =>
        home.where(test as TensorRef, x as TensorRef, y as TensorRef, part),
      );
    },
    reduce(op: ReduceOp, x, axes) {
      if (!isFar(x)) return home.reduce(op, x, axes);
      if (axes[0] !== 0) {
        const shape = x.shape.filter((_, axis) => !axes.includes(axis));
        return sweep(
          op === "argMax" ? "int32" : x.dtype,
          shape,
          [x],
          ([part]) => home.reduce(op, part as TensorRef, axes),
          () => x.shape.length > 0,
        );
      }
      return op === "argMax" ? atHome([x], (whole) => home.reduce(op, whole, axes)) : reducePieces(op, x, axes);
    },
    slice(x, begin, size) {
      if (!isFar(x)) return home.slice(x, begin, size);
      const [first = 0, ...rest] = begin;
      return desk.with((keep) => home.slice(desk.rows(keep, x, first, size[0] ?? 1), [0, ...rest], size));
    },
    matmul(a, b, transposeA, transposeB) {
      if (!isFar(a, b)) return home.matmul(a, b, transposeA, transposeB);
      return atHome([a, b], (x, y) => home.matmul(x, y, transposeA, transposeB));
    },
    permute(x, axes) {
      return isFar(x) ? atHome([x], (whole) => home.permute(whole, axes)) : home.permute(x, axes);
    },
    concat(parts, axis) {
      return isFar(...parts) ? atHome(parts, (...whole) => home.concat(whole, axis)) : home.concat(parts, axis);
    },
    topK(x, k) {
      return isFar(x) ? atHome([x], (whole) => home.topK(whole, k)) : home.topK(x, k);
    },
  };
}
