import type { Backend, TensorRef } from "@rowan/api";

/**
 * Numbers from -3 to 3.
 *
 * @param length - How many.
 * @param seed - Where they start.
 * @returns The numbers.
 */
export function values(length: number, seed = 0): Float32Array {
  return Float32Array.from({ length }, (_, i) => Math.sin((i + seed) * 12.9898) * 3);
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((size, extent) => size * extent, 1);

/** The operations of the contract on tables that are made by rows. */
export class Desk {
  readonly backend: Backend;

  constructor(backend: Backend) {
    this.backend = backend;
  }

  /** Positive floats in rows. */
  table(seed: number, shape: readonly number[]): TensorRef {
    return this.rows(values(sizeOf(shape), seed).map(Math.abs), shape);
  }

  /** Given floats in rows. */
  rows(data: Float32Array, shape: readonly number[]): TensorRef {
    const handle = this.backend.allocateRows?.("float32", shape) ?? this.backend.allocate("float32", data.length);
    const table: TensorRef = { handle, shape, dtype: "float32" };
    this.backend.write(table, data, 0);
    return table;
  }

  /** Values that are used as a whole. */
  tensor(data: Float32Array | Int32Array, shape: readonly number[] = [data.length]): TensorRef {
    const dtype = data instanceof Int32Array ? "int32" : "float32";
    const tensor: TensorRef = { handle: this.backend.allocate(dtype, data.length), shape, dtype };
    this.backend.write(tensor, data, 0);
    return tensor;
  }

  async read(x: TensorRef, offset = 0, length: number = sizeOf(x.shape)): Promise<number[]> {
    return Array.from(await this.backend.read(x, offset, length));
  }
}

/** Work at a desk that gives lists of numbers. */
export type DeskWork = (desk: Desk) => Promise<readonly (readonly number[])[]>;

/**
 * Does the same on two backends.
 *
 * @param backend - The backend to be tested.
 * @param reference - The other one.
 * @param work - What to do.
 * @returns How far their numbers lie apart at most, relative to 1 and the number; Infinity where there are not equally many.
 */
export async function differenceOf(backend: Backend, reference: Backend, work: DeskWork): Promise<number> {
  const [given, expected] = [await work(new Desk(backend)), await work(new Desk(reference))];
  if (given.length !== expected.length || given.some((list, i) => list.length !== expected[i]?.length)) return Infinity;
  let worst = 0;
  given.forEach((list, i) => {
    list.forEach((value, k) => {
      const other = expected[i]?.[k] as number;
      const apart = Object.is(value, other) ? 0 : Math.abs(value - other) / (1 + Math.abs(other));
      // NaN on one side only is as far as can be.
      worst = Number.isNaN(apart) ? Infinity : Math.max(worst, apart);
    });
  });
  return worst;
}
