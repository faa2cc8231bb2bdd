import { InternalError } from "../../errors.ts";
import { halfValue } from "../../tensor/half.ts";
import type { HalfKind } from "../../tensor/half.ts";
import type { DType } from "../../tensor/dtype.ts";
import { sizeOf } from "../../tensor/shape.ts";
import type { Shape } from "../../tensor/shape.ts";
import type { Backend, Handle, TensorRef } from "../backend.ts";
import type { GatherReduceQuantizedArgs, QuantizedRows } from "../quantized-rows.ts";
import { slice } from "./slice.ts";
import { countUp, upload, withTemporaries } from "./upload.ts";

/** Takes care of a handle: gives it a shape and marks it to be freed. */
type Keep = (handle: Handle, shape: Shape, dtype?: DType) => TensorRef;

/**
 * Float32 rows of a quantized table.
 *
 * The default gathers the bytes, casts them and applies Keras' formula, so that its numbers are Keras'. Two numbers of four bits in
 * a byte, and floats of 16 bits, are found in a small table of all there are: such values come out exactly, on every backend.
 *
 * @param backend - The backend of the rows; its own `gatherQuantized` is taken where it has one.
 * @param source - The rows.
 * @param ids - Int32 of n elements, valid.
 * @param into - Float32 `[n, dim]` to write to, instead of a new handle.
 * @returns Float32 `[n, dim]`.
 */
export function gatherQuantized(backend: Backend, source: QuantizedRows, ids: TensorRef, into?: Handle): Handle {
  if (backend.gatherQuantized) return backend.gatherQuantized(source, ids, into);
  const count = sizeOf(ids.shape);
  const shape = [count, source.dim];
  return withTemporaries(backend, (mark) => {
    const keep: Keep = (handle, extents, dtype = "float32") => mark({ handle, shape: extents, dtype });
    const values = decode(backend, source, ids, keep);
    const result = scaled(backend, source, ids, values, keep);
    // Through `gather`, which writes where it is told to, and gives a handle that is not freed with the others.
    return backend.gather(result, keep(countUp(backend, count).handle, [count], "int32"), into);
  });

  function decode(on: Backend, { kind, data, dim }: QuantizedRows, rows: TensorRef, keep: Keep): TensorRef {
    const width = data.shape[1] as number;
    const bytes = keep(on.gather(data, rows), [count, width], data.dtype);
    if (kind === "int8") return keep(on.cast(bytes, "float32"), shape);
    const numbers = keep(on.cast(bytes, "int32"), [count, width], "int32");
    if (kind === "int4") {
      const pairs = keep(upload(on, bytePairs(), [256, 2]).handle, [256, 2]);
      const offset = keep(upload(on, Int32Array.of(128), [1]).handle, [1], "int32");
      const places = keep(on.binary("add", numbers, offset, [count, width]), [count, width], "int32");
      const unpacked = keep(on.gather(pairs, places), [count, 2 * width]);
      return 2 * width === dim ? unpacked : keep(slice(on, unpacked, [0, 0], shape), shape);
    }
    const floats = keep(upload(on, halfValues(kind), [65536, 1]).handle, [65536, 1]);
    const weights = keep(upload(on, Int32Array.of(1, 256), [2]).handle, [2], "int32");
    const split = { handle: numbers.handle, shape: [count, dim, 2], dtype: numbers.dtype } as const;
    const weighed = keep(on.binary("mul", split, weights, split.shape), split.shape, "int32");
    return keep(on.gather(floats, keep(on.reduce("sum", weighed, [2]), shape, "int32")), shape);
  }

  function scaled(on: Backend, rows: QuantizedRows, at: TensorRef, values: TensorRef, keep: Keep): TensorRef {
    if (rows.kind === "float16" || rows.kind === "bfloat16") return values;
    if (!rows.scale) throw new InternalError(`rows of ${rows.kind} need a scale.`);
    const groups = rows.scale.shape[1] as number;
    const scale = keep(on.gather(rows.scale, at), [count, groups]);
    if (!rows.zero) return keep(on.binary("div", values, scale, shape), shape);
    const zero = keep(on.cast(keep(on.gather(rows.zero, at), [count, groups], "int8"), "float32"), [count, groups]);
    const spread = (x: TensorRef): TensorRef => spreadGroups(on, x, rows, keep);
    const shifted = keep(on.binary("sub", values, spread(zero), shape), shape);
    return keep(on.binary("mul", shifted, spread(scale), shape), shape);
  }
}

/**
 * Bags of rows of a quantized table.
 *
 * @param backend - The backend of the rows; its own `gatherReduceQuantized` is taken where it has one. The default makes a float32
 *   row for each id on the way.
 * @param args - See the contract.
 * @returns Float32 `[bags, dim]`.
 */
export function gatherReduceQuantized(backend: Backend, args: GatherReduceQuantizedArgs): Handle {
  if (backend.gatherReduceQuantized) return backend.gatherReduceQuantized(args);
  const { source, ids, ...rest } = args;
  const count = sizeOf(ids.shape);
  return withTemporaries(backend, (keep) => {
    const rows = keep({ handle: gatherQuantized(backend, source, ids), shape: [count, source.dim], dtype: "float32" });
    return backend.gatherReduce({ ...rest, source: rows, ids: keep(countUp(backend, count)) });
  });
}

/** One column for each column of the rows, of one for each group of them. */
function spreadGroups(backend: Backend, x: TensorRef, { dim, block }: QuantizedRows, keep: Keep): TensorRef {
  const [count = 0, groups = 0] = x.shape;
  if (groups === 1) return x;
  const places = Int32Array.from({ length: count * dim }, (_, i) => Math.floor(i / dim) * groups + Math.floor((i % dim) / block));
  const column = { handle: x.handle, shape: [count * groups, 1], dtype: x.dtype };
  return keep(backend.gather(column, keep(upload(backend, places, [places.length]).handle, [places.length], "int32")), [count, dim]);
}

/** What the two halves of each byte stand for, from byte -128 on. */
function bytePairs(): Float32Array {
  return Float32Array.from({ length: 512 }, (_, i) => {
    const nibble = (((i >> 1) - 128) >> ((i & 1) * 4)) & 15;
    return nibble < 8 ? nibble : nibble - 16;
  });
}

const halves = new Map<HalfKind, Float32Array>();

/** Every float of 16 bits. */
function halfValues(kind: HalfKind): Float32Array {
  const known = halves.get(kind) ?? Float32Array.from({ length: 65536 }, (_, bits) => halfValue(kind, bits));
  halves.set(kind, known);
  return known;
}
