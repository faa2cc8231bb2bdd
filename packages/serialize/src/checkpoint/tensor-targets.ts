import { CheckpointFormatError, DTypeError, InternalError, NDArray, QuantizedTensors, createTypedArray, viewTypedArray } from "@rowan/api";
import type { Backend, DType, Tensor, Variable } from "@rowan/api";
import type { Header, StoredTensor } from "../format/header.ts";

/** Takes bytes of a tensor, from a place on that is a multiple of 64. */
type Write = (start: number, bytes: Uint8Array) => void;

/** Where the tensors of a checkpoint go, chunk by chunk, as they come from the file. */
export class TensorTargets {
  readonly #entries: ReadonlyMap<string, { readonly index: number; readonly tensor: StoredTensor }>;
  readonly #writes = new Map<number, Write>();
  /** Quantized rows that take their variable's place when all is read. */
  readonly #quantized = new Map<Variable, QuantizedTensors>();

  /** @param header - Of the checkpoint. */
  constructor(header: Header) {
    this.#entries = new Map(header.tensors.map((tensor, index) => [tensor.name, { index, tensor }]));
  }

  /**
   * A weight of a model, or a table.
   *
   * @param tensor - Of the variable's shape.
   * @param variable - Gets the values; without initial ones being computed.
   * @param backend - Where to.
   */
  addWeight(tensor: StoredTensor, variable: Variable, backend: Backend): void {
    const { dtype, quantization, name } = tensor;
    if (dtype === "float32") {
      this.#set(name, writeTo(variable.overwrite(backend)));
      return;
    }
    if (dtype !== "float16" && dtype !== "bfloat16" && !quantization) {
      throw new DTypeError(
        `The weight "${name}" must be of float32, or quantized. Received: ${dtype} without scales. Read it with openCheckpoint.`,
      );
    }
    const kind = dtype as "int8" | "int4" | "float16" | "bfloat16";
    const block = quantization?.blockSize ?? 0;
    const blockSize = block > 0 ? block : -1;
    const rows = new QuantizedTensors(backend, { kind, ...(kind === "int4" && { blockSize }) }, tensor.shape);
    this.#quantized.set(variable, rows);
    this.#set(name, writeTo(rows.data));
    if (quantization && rows.scale) this.#set(quantization.scales, writeTo(rows.scale));
    if (quantization && rows.zero) this.#set(quantization.zeros, writeTo(rows.zero));
  }

  /**
   * A tensor of an optimizer's state.
   *
   * @param name - Of the stored tensor.
   * @param what - What it is, for messages.
   * @param target - Where it goes; undefined where the optimizer has no such thing.
   * @throws CheckpointFormatError when it does not fit.
   */
  addState(name: string, what: string, target: Tensor | undefined): void {
    const entry = this.#entries.get(name);
    if (!entry) throw new InternalError(`there is no tensor ${name}`);
    const { dtype, length } = entry.tensor;
    if (!target || dtype !== "float32" || length !== 4 * target.size) {
      throw new CheckpointFormatError(
        `The optimizer's state must be that of its rule. Received: ${what}, ${length} bytes of ${dtype}, where ${target ? `${4 * target.size} bytes of float32 belong` : "the optimizer keeps nothing"}.`,
      );
    }
    this.#set(name, writeTo(target));
  }

  /**
   * A tensor that goes to the host as its bytes say; bytes alone for floats of 16 bits.
   *
   * @param tensor - Any that is not quantized.
   * @returns The array, filled when all is read.
   */
  addArray(tensor: StoredTensor): NDArray {
    const { dtype, shape, length, name } = tensor;
    const isHalf = dtype === "float16" || dtype === "bfloat16";
    if (dtype === "int4") throw new InternalError("int4 has scales");
    const type: DType = isHalf ? "uint8" : dtype;
    const array = new NDArray(createTypedArray(type, isHalf ? length : shape.reduce((a, b) => a * b, 1)), isHalf ? [length] : shape, type);
    const { buffer, byteOffset, byteLength } = array.data as Uint8Array;
    const bytes = new Uint8Array(buffer, byteOffset, byteLength);
    this.#set(name, (start, part) => bytes.set(part, start));
    return array;
  }

  /**
   * Puts a chunk where it goes; what nobody asked for is let go.
   *
   * @param entry - The place of the tensor or asset.
   * @param start - The first byte.
   * @param bytes - The chunk.
   */
  write(entry: number, start: number, bytes: Uint8Array): void {
    this.#writes.get(entry)?.(start, bytes);
  }

  /** All is read: quantized rows take their places. */
  finish(): void {
    for (const [variable, rows] of this.#quantized) variable.become(rows);
    this.#quantized.clear();
  }

  /** Gives back what took no place. */
  dispose(): void {
    for (const rows of this.#quantized.values()) rows.dispose();
    this.#quantized.clear();
  }

  #set(name: string, write: Write): void {
    const entry = this.#entries.get(name);
    if (!entry) throw new InternalError(`there is no tensor ${name}`);
    if (this.#writes.has(entry.index)) {
      throw new CheckpointFormatError(`Each tensor of a checkpoint is one thing. Received: "${name}" for two.`);
    }
    this.#writes.set(entry.index, write);
  }
}

function writeTo(target: Tensor): Write {
  const { dtype, backend } = target;
  const size = dtype === "float32" || dtype === "int32" ? 4 : 1;
  return (start, bytes) => {
    // Views of numbers begin at multiples of their size.
    const aligned = bytes.byteOffset % size === 0 ? bytes : bytes.slice();
    backend.write(target, viewTypedArray(dtype, aligned.buffer, aligned.byteOffset, aligned.length / size), start / size);
  };
}
