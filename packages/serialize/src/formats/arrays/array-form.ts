import { FormatError, NDArray, createTypedArray, formatShape } from "@rowan/api";
import type { DType, Shape } from "@rowan/api";
import type { ByteReader } from "../../io/byte-reader.ts";
import { TableBuilder } from "../table/table-builder.ts";
import type { TableTarget } from "../table/table-builder.ts";
import { dtypeOfKind, widthOf } from "./element-kinds.ts";
import type { ElementKind } from "./element-kinds.ts";
import { ElementReader } from "./element-reader.ts";

/** An array in a file. */
export interface ArrayForm {
  /** How messages call it. */
  readonly name: string;
  readonly kind: ElementKind;
  readonly bigEndian: boolean;
  /** Columns come one after another, not rows. */
  readonly fortranOrder: boolean;
  readonly shape: Shape;
}

/** Memory that is taken without a proof that the file holds as much. */
const unproven = 1 << 22;

/**
 * How many elements a shape has.
 *
 * @param name - Whose shape it is, for messages.
 * @param shape - Its extents.
 * @param width - Bytes of an element.
 * @returns Their product.
 * @throws FormatError where no file can hold as many.
 */
export function countElements(name: string, shape: Shape, width: number): number {
  // Extents of 0 do not excuse the others.
  const bytes = shape.reduce((product, extent) => product * Math.max(extent, 1), width);
  if (shape.length > 64 || !Number.isSafeInteger(bytes))
    throw new FormatError(`${name} names a shape that no file can hold. Received: (${shape.join(", ")}). The file is damaged.`);
  return shape.reduce((product, extent) => product * extent, 1);
}

/**
 * Reads a matrix as the rows of a table, a piece at a time. Columns that come one after another are held until all of them are there.
 *
 * @param reader - In front of the first element.
 * @param form - What is there.
 * @param target - Where the table shall live.
 * @param proven - The file is long enough to hold all of it.
 * @param limit - Only so many rows are kept, the first ones.
 * @returns The rows.
 * @throws FormatError where it is no matrix or is cut off.
 */
export async function readMatrix(
  reader: ByteReader,
  form: ArrayForm,
  target: TableTarget,
  proven: boolean,
  limit?: number,
): Promise<TableBuilder> {
  const { name, kind, shape } = form;
  const [total = 0, dim = 0] = shape;
  if (shape.length !== 2 || total === 0 || dim === 0) {
    throw new FormatError(
      `${name} must hold a table of shape (rows, dim), with at least one of each. Received: shape ${formatShape(shape)}. Reshape it, or choose another array.`,
    );
  }
  countElements(name, shape, widthOf(kind));
  const rows = Math.min(total, limit ?? Infinity);
  if (form.fortranOrder) return readColumns(reader, form, target, rows, proven);
  const builder = new TableBuilder(dim, target, proven ? rows : undefined);
  try {
    const elements = new ElementReader(reader, kind, form.bigEndian);
    while (builder.rows < rows) {
      if (!proven && 4 * dim > unproven) await reader.peek(dim * widthOf(kind));
      const room = builder.reserve(
        proven ? rows - builder.rows : Math.min(rows - builder.rows, Math.max(1, Math.floor(unproven / 4 / dim))),
      );
      await elements.read(builder.piece, builder.offset, room * dim);
      builder.commit(room);
    }
    return builder;
  } catch (error) {
    builder.abort();
    throw error;
  }
}

async function readColumns(reader: ByteReader, form: ArrayForm, target: TableTarget, rows: number, proven: boolean): Promise<TableBuilder> {
  const [total, dim] = form.shape as [number, number];
  const elements = new ElementReader(reader, form.kind, form.bigEndian);
  const columns: Float32Array[] = [];
  for (let column = 0; column < dim; column++) {
    const values = (await readGrowing(elements, "float32", total, proven)) as Float32Array;
    columns.push(values.subarray(0, rows));
  }
  const builder = new TableBuilder(dim, target);
  for (let row = 0; row < rows; row++) {
    const { piece, offset } = builder;
    for (let column = 0; column < dim; column++) piece[offset + column] = (columns[column] as Float32Array)[row] as number;
    builder.commit();
  }
  return builder;
}

/**
 * Reads an array of any shape.
 *
 * @param reader - In front of the first element.
 * @param form - What is there. Half floats and float64 become float32, wider and narrower integers int32.
 * @param proven - The file is long enough to hold all of it.
 * @returns The array, in C order.
 * @throws FormatError where it is cut off; DTypeError for integers beyond int32.
 */
export async function readArray(reader: ByteReader, form: ArrayForm, proven: boolean): Promise<NDArray> {
  const { name, kind, shape } = form;
  const width = widthOf(kind);
  const size = countElements(name, shape, width);
  const dtype = dtypeOfKind(kind);
  const elements = new ElementReader(reader, kind, form.bigEndian);
  const data = await readGrowing(elements, dtype, size, proven);
  return new NDArray(form.fortranOrder && shape.length > 1 ? transposed(data, shape) : data, shape, dtype);
}

/** Elements in memory that is taken at once where the file is long enough, else grows with what has arrived. */
async function readGrowing(
  elements: ElementReader,
  dtype: DType,
  size: number,
  proven: boolean,
): Promise<ReturnType<typeof createTypedArray>> {
  let data = createTypedArray(dtype, proven ? size : Math.min(size, unproven / 4));
  for (let done = 0; done < size;) {
    const step = Math.min(size - done, unproven / 4);
    if (done + step > data.length) {
      const grown = createTypedArray(dtype, Math.min(size, 2 * data.length));
      grown.set(data);
      data = grown;
    }
    await elements.read(data, done, step);
    done += step;
  }
  return data;
}

/** From columns first to rows first. */
function transposed<T extends Float32Array | Int32Array | Int8Array | Uint8Array>(data: T, shape: Shape): T {
  const result = data.slice() as T;
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((product, extent) => product * extent, 1));
  const index = shape.map(() => 0);
  for (let i = 0, from = 0; i < result.length; i++) {
    result[i] = data[from] as number;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] = (index[axis] as number) + 1;
      from += strides[axis] as number;
      if ((index[axis] as number) < (shape[axis] as number)) break;
      from -= (strides[axis] as number) * (shape[axis] as number);
      index[axis] = 0;
    }
  }
  return result;
}
