import {
  DTypeError,
  InternalError,
  QuantizedTensors,
  NDArray,
  CheckpointFormatError,
  countOf,
  createTypedArray,
  viewTypedArray,
} from "@rowan/api";
import type { Backend, DType, Tensor, Variable, VariableState } from "@rowan/api";
import type { Header, StoredTensor } from "../format/header.ts";
import { Arrivals } from "./arrivals.ts";
import type { Room, Write } from "./arrivals.ts";

/** Tensors of an optimizer's state beside one weight: what they are, for messages, and where they go. */
export interface StateTarget {
  readonly name: string;
  readonly what: string;
  readonly find: (state: VariableState) => Tensor | undefined;
}

/** Where the tensors of a checkpoint go, chunk by chunk, as they come from the file. */
export class TensorTargets {
  readonly #arrivals: Arrivals;
  readonly #weights = new Map<Variable, Room>();
  /** Quantized rows that take their variable's place when all is read. */
  readonly #quantized = new Map<Variable, QuantizedTensors>();

  /**
   * @param header - Of the checkpoint.
   * @param proven - The file is as long as the header says; else memory is taken as its bytes arrive.
   */
  constructor(header: Header, proven: boolean) {
    this.#arrivals = new Arrivals(header, proven);
  }

  /**
   * A weight of a model, or a table.
   *
   * @param tensor - Of the variable's shape.
   * @param variable - Gets the values; without initial ones being computed.
   * @param backend - Where to, unless the variable has a `device`.
   */
  addWeight(tensor: StoredTensor, variable: Variable, backend: Backend): void {
    const { dtype, quantization, name } = tensor;
    if (dtype === "float32") {
      this.#addWeight(variable, { names: [name], open: () => [writeTo(variable.overwrite(backend))] });
      return;
    }
    if (dtype !== "float16" && dtype !== "bfloat16" && !quantization) {
      throw new DTypeError(
        `The weight "${name}" must be of float32, or quantized. Received: ${dtype} without scales. Read it with openCheckpoint.`,
      );
    }
    const names = [name, ...(quantization ? [quantization.scales] : []), ...(quantization?.zeros ? [quantization.zeros] : [])];
    const open = (): Write[] => {
      const kind = dtype as "int8" | "int4" | "float16" | "bfloat16";
      const block = quantization?.blockSize ?? 0;
      const blockSize = block > 0 ? block : -1;
      const rows = new QuantizedTensors(variable.device ?? backend, { kind, ...(kind === "int4" && { blockSize }) }, tensor.shape);
      this.#quantized.set(variable, rows);
      return [rows.data, rows.scale, rows.zero].slice(0, names.length).map((target) => writeTo(target as Tensor));
    };
    this.#addWeight(variable, { names, open });
  }

  /**
   * An optimizer's state of one weight, which was added before.
   *
   * @param variable - The weight.
   * @param make - Takes the memory, when the weight has its own.
   * @param targets - The stored tensors.
   * @throws CheckpointFormatError when one does not fit, at once or when its bytes arrive.
   */
  addState(variable: Variable, make: () => VariableState, targets: readonly StateTarget[]): void {
    const open = (): Write[] => {
      const state = make();
      return targets.map(({ name, what, find }) => {
        const { dtype, length } = this.#arrivals.tensor(name);
        const target = find(state);
        if (!target || dtype !== "float32" || length !== 4 * target.size) {
          throw new CheckpointFormatError(
            `The optimizer's state must be that of its rule. Received: ${what}, ${countOf(length, "byte")} of ${dtype}, where ${target ? `${4 * target.size} bytes of float32 belong` : "the optimizer keeps nothing"}.`,
          );
        }
        return writeTo(target);
      });
    };
    this.#arrivals.add({ names: targets.map(({ name }) => name), open, after: this.#weights.get(variable) });
  }

  /**
   * A tensor that goes to the host as its bytes say; bytes alone for floats of 16 bits.
   *
   * @param tensor - Any that is not quantized.
   * @returns Gives the array, when all is read.
   */
  addArray(tensor: StoredTensor): () => NDArray {
    const { dtype, shape, length, name } = tensor;
    const isHalf = dtype === "float16" || dtype === "bfloat16";
    if (dtype === "int4") throw new InternalError("int4 has scales");
    const type: DType = isHalf ? "uint8" : dtype;
    let array: NDArray | undefined;
    const open = (): Write[] => {
      const made = createTypedArray(type, isHalf ? length : shape.reduce((a, b) => a * b, 1));
      array = new NDArray(made, isHalf ? [length] : shape, type);
      const bytes = new Uint8Array(made.buffer, made.byteOffset, made.byteLength);
      return [(start, part) => bytes.set(part, start)];
    };
    this.#arrivals.add({ names: [name], open });
    return () => array as NDArray;
  }

  /**
   * Puts a chunk where it goes; what nobody asked for is let go.
   *
   * @param entry - The place of the tensor or asset.
   * @param start - The first byte.
   * @param bytes - The chunk.
   */
  write(entry: number, start: number, bytes: Uint8Array): void {
    this.#arrivals.write(entry, start, bytes);
  }

  /** All is read: quantized rows take their places. */
  finish(): void {
    this.#arrivals.finish();
    for (const [variable, rows] of this.#quantized) variable.become(rows);
    this.#quantized.clear();
  }

  /** Gives back what took no place. */
  dispose(): void {
    for (const rows of this.#quantized.values()) rows.dispose();
    this.#quantized.clear();
  }

  #addWeight(variable: Variable, room: Room): void {
    this.#weights.set(variable, room);
    this.#arrivals.add(room);
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
