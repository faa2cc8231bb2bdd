import { DisposedError, OutOfMemoryError, bytesPerElement, createTypedArray, sizeOf } from "@rowan/api";
import type { BackendMemory, DType, Handle, Shape, TensorRef, TypedArray } from "@rowan/api";
import { storageType, types } from "./binding.ts";
import type { Id, Operations } from "./operations.ts";

/**
 * Memory of TensorFlow. Its tensors never change, so a handle whose parts are written becomes a resource variable, whose rows are read
 * and written in place; until then it is a tensor, which is replaced as a whole.
 */
export interface NativeHandle {
  readonly dtype: DType;
  readonly length: number;
  id: Id;
  shape: Shape;
  isVariable: boolean;
  /** Integers that came from the host and did not change since. */
  host: Int32Array | undefined;
}

/** TensorFlow's own name for variables without one: they end with their last handle. */
const anonymous = "cd2c89b7-88b7-44c8-ad83-06c2a9158347";
/** The id of zeros that nobody has asked for yet. */
const unmade: Id = -1;
const limit = 2 ** 32 - 4;

/** A tensor as rows. */
export function asRows(shape: Shape): readonly [rows: number, width: number] {
  return [shape[0] ?? 1, sizeOf(shape.slice(1))];
}

/** Tensors and variables of TensorFlow behind handles. */
export class NativeContext {
  readonly ops: Operations;
  readonly limit: number = limit;
  readonly #live = new Set<NativeHandle>();
  #bytes = 0;

  constructor(ops: Operations) {
    this.ops = ops;
  }

  handle(handle: Handle): NativeHandle {
    if (!this.#live.has(handle as NativeHandle)) {
      throw new DisposedError(
        "A handle must be alive and belong to this backend. Received: one that was freed, or that another backend made. Free each handle once, after its last use.",
      );
    }
    return handle as NativeHandle;
  }

  allocate(dtype: DType, length: number): NativeHandle {
    const bytes = length * bytesPerElement(dtype);
    if (bytes > limit) {
      throw new OutOfMemoryError(
        `An allocation of TensorFlow must have at most ${limit} bytes. Received: bytes=${bytes}. Use fewer or shorter rows.`,
      );
    }
    // Most memory is written as a whole before it is read: its zeros are made when somebody asks for them.
    return this.adopt(unmade, dtype, [length]);
  }

  /** Makes a handle of a result, or puts it into one that is there. */
  adopt(id: Id, dtype: DType, shape: Shape, into?: Handle): NativeHandle {
    this.ops.keep(id);
    if (into !== undefined) {
      this.replace(this.handle(into), id, shape);
      return into as NativeHandle;
    }
    const handle: NativeHandle = { dtype, length: sizeOf(shape), id, shape, isVariable: false, host: undefined };
    this.#live.add(handle);
    this.#bytes += handle.length * bytesPerElement(dtype);
    return handle;
  }

  /** Gives a handle other contents. */
  replace(handle: NativeHandle, id: Id, shape: Shape, isVariable = false): void {
    this.ops.keep(id);
    this.#delete(handle);
    Object.assign(handle, { id, shape, isVariable, host: undefined });
  }

  /** The tensor behind a handle, in the shape it is asked for; a variable is copied. Call it in a scope. */
  tensor(ref: TensorRef): Id {
    return this.shaped(this.handle(ref.handle), ref.shape);
  }

  shaped(handle: NativeHandle, shape: Shape): Id {
    const type = storageType(handle.dtype);
    if (handle.id === unmade) this.replace(handle, this.ops.zeros(shape, type), shape);
    if (handle.isVariable) {
      const value = this.ops.one("ReadVariableOp", [handle.id], { dtype: { type } });
      return isSame(handle.shape, shape) ? value : this.ops.reshape(value, shape, type);
    }
    // A tensor in another shape shares its memory, and the next one who asks will want the same shape.
    if (!isSame(handle.shape, shape)) {
      const { host } = handle;
      this.replace(handle, this.ops.reshape(handle.id, shape, type), shape);
      handle.host = host;
    }
    return handle.id;
  }

  /** The variable behind a handle, `[rows, width]`; made from the tensor without a copy. Call it in a scope. */
  variable(ref: TensorRef): Id {
    const handle = this.handle(ref.handle);
    const shape = asRows(ref.shape);
    if (handle.isVariable && isSame(handle.shape, shape)) return handle.id;
    const type = storageType(handle.dtype);
    const value = this.shaped(handle, shape);
    const attributes = { dtype: { type }, shape: { shape }, shared_name: anonymous, container: "" };
    const variable = this.ops.one("VarHandleOp", [], attributes);
    this.ops.none("AssignVariableOp", [variable, value], { dtype: { type } });
    this.replace(handle, variable, shape, true);
    return variable;
  }

  /** Rows of a table, as `[ids, width]`, without a copy of the table. Call it in a scope. */
  rows(source: TensorRef, ids: Id): Id {
    const handle = this.handle(source.handle);
    const type = storageType(handle.dtype);
    if (handle.isVariable) {
      const attributes = { dtype: { type }, Tindices: { type: types.int32 }, batch_dims: 0, validate_indices: true };
      return this.ops.one("ResourceGather", [this.variable(source), ids], attributes);
    }
    const table = this.shaped(handle, asRows(source.shape));
    const attributes = { Tparams: { type }, Tindices: { type: types.int32 }, Taxis: { type: types.int32 }, batch_dims: 0 };
    return this.ops.one("GatherV2", [table, ids, this.ops.integers([0], [])], attributes);
  }

  /** Integers on the host: those that were written there, else read. */
  integers(ref: TensorRef): Int32Array {
    return this.handle(ref.handle).host ?? (this.data(ref) as Int32Array);
  }

  /** All values, copied to the host. */
  data(ref: TensorRef): TypedArray {
    return this.ops.scoped(() => this.values(this.tensor(ref), ref.dtype));
  }

  /** The values of a tensor of the binding, which reads no bytes: they travel as int32. Call it in a scope. */
  values(id: Id, dtype: DType): TypedArray {
    const type = storageType(dtype);
    if (type !== types.uint8) return this.ops.binding.tensorDataSync(id);
    const bytes = Uint8Array.from(this.ops.binding.tensorDataSync(this.ops.cast(id, type, types.int32)));
    return dtype === "int8" ? new Int8Array(bytes.buffer) : bytes;
  }

  /** Host values as a tensor of their own memory, which TensorFlow uses as it is. */
  upload(data: TypedArray, dtype: DType, shape: Shape): Id {
    const copy = createTypedArray(dtype === "int8" ? "uint8" : dtype, data.length);
    copy.set(data);
    return this.ops.keep(this.ops.binding.createTensor(shape, storageType(dtype), copy));
  }

  free(handle: Handle): void {
    const mine = this.handle(handle);
    this.#live.delete(mine);
    this.#bytes -= mine.length * bytesPerElement(mine.dtype);
    this.#delete(mine);
  }

  counts(): BackendMemory {
    return { buffers: this.#live.size, bytes: this.#bytes };
  }

  dispose(): void {
    for (const handle of this.#live) this.free(handle);
    this.ops.forgetConstants();
  }

  #delete({ id }: NativeHandle): void {
    if (id !== unmade) this.ops.binding.deleteTensor(id);
  }
}

function isSame(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((extent, axis) => extent === b[axis]);
}
