import type { DType, Handle, Shape, TensorRef } from "@rowan/api";
import { UnsupportedOpError, sizeOf } from "@rowan/api";
import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { GpuContext } from "../gpu/gpu-context.ts";
import type { Kernel } from "../gpu/kernel.ts";
import { Line } from "../order/line.ts";
import type { Steps } from "../order/steps.ts";
import type { GpuStorage } from "../storage/gpu-storage.ts";
import { bytesOf } from "../storage/gpu-tensor.ts";
import type { Block, GpuTensor } from "../storage/gpu-tensor.ts";
import { putPiece } from "./pieces.ts";

/** Marks what ends with a piece of work. */
export type Keep = (tensor: GpuTensor) => GpuTensor;

/** What the members of the contract work with. */
export class MemberContext {
  readonly gpu: GpuContext;
  readonly storage: GpuStorage;
  readonly line: Line = new Line();

  constructor(gpu: GpuContext, storage: GpuStorage) {
    this.gpu = gpu;
    this.storage = storage;
  }

  /**
   * A tensor of the caller, for work that may have to wait: the caller may free it in between.
   *
   * @param ref - Alive.
   * @returns The same handle, shape and dtype.
   */
  hold({ handle, shape, dtype }: TensorRef): TensorRef {
    this.claim(handle);
    return { handle, shape, dtype };
  }

  /** The memory behind a live handle that is to be used, so that what is written to it from now on must wait for its turn, too. */
  claim(handle: Handle): GpuTensor {
    const tensor = this.storage.findAsItLies(handle);
    if (this.line.isWaiting && tensor.isPlaced && tensor.host) tensor.host.isAsking = false;
    return tensor;
  }

  /**
   * Work that changes tensors, in its turn.
   *
   * @param work - Does it, or begins it where it may have to wait.
   */
  act(work: () => Steps<void> | undefined): void {
    const done = this.line.run(function* (): Steps<void> {
      const steps = work();
      if (steps) yield* steps;
    });
    if (done instanceof Promise) done.catch((error: unknown) => this.gpu.tellLater(error));
  }

  /**
   * Work that makes tensors, in its turn.
   *
   * @param kinds - The dtype and the length of each.
   * @param work - Begins it.
   * @returns The tensors; where the work has to wait, they are computed later.
   */
  make<const K extends readonly (readonly [dtype: DType, length: number])[]>(
    kinds: K,
    work: () => Steps<readonly GpuTensor[]>,
  ): { [I in keyof K]: GpuTensor } {
    const promised: GpuTensor[] = [];
    const { storage, line, gpu } = this;
    const made = line.run(function* (): Steps<readonly GpuTensor[]> {
      const computed = yield* work();
      promised.forEach((tensor, i) => storage.fulfil(tensor, computed[i] as GpuTensor));
      return computed;
    });
    if (!(made instanceof Promise)) return made as { [I in keyof K]: GpuTensor };
    promised.push(...kinds.map(([dtype, length]) => storage.promise(dtype, length)));
    made.catch((error: unknown) => {
      for (const tensor of promised) tensor.moveTo({ error });
      gpu.tellLater(error);
    });
    return promised as unknown as { [I in keyof K]: GpuTensor };
  }

  /** `make` of one tensor. */
  makeOne(dtype: DType, length: number, work: () => Steps<GpuTensor>): GpuTensor {
    const [tensor] = this.make([[dtype, length]], function* () {
      return [yield* work()];
    });
    return tensor;
  }

  /** `makeOne` into the caller's memory where there is some, which the work writes whole. */
  makeInto(into: Handle | undefined, dtype: DType, length: number, fill: (result: GpuTensor) => Steps<void>): GpuTensor {
    if (!into) return this.makeOne(dtype, length, () => this.filling(this.result(dtype, length), fill));
    const target = this.claim(into);
    this.act(() => this.#fillAgain(target, fill));
    return target;
  }

  /** The memory of a tensor. */
  tensor(ref: TensorRef): GpuTensor {
    return this.storage.find(ref);
  }

  /** The memory of a tensor that must lie in one block. Throws UnsupportedOpError where it does not. */
  block(ref: TensorRef): Block {
    return oneBlock(this.storage.find(ref), ref.shape);
  }

  /** Whether one binding of a kernel reaches a whole tensor. */
  isInOneBlock(ref: TensorRef): boolean {
    const tensor = this.storage.find(ref);
    return !tensor.host && tensor.blocks.length === 1;
  }

  /** A new tensor on the device that a kernel fills. */
  result(dtype: DType, length: number): GpuTensor {
    return this.storage.allocateRaw(dtype, length);
  }

  /** A new tensor that may be as large as a table: on the device where it has room, else on the host. */
  largeResult(dtype: DType, length: number): GpuTensor {
    return this.storage.room.has(bytesOf(dtype, length)) ? this.result(dtype, length) : this.storage.allocateOnHost(dtype, length);
  }

  /**
   * Fills a new tensor, and gives it back where that fails.
   *
   * @param result - The tensor.
   * @param fill - Writes it whole.
   * @returns The tensor.
   */
  *filling(result: GpuTensor, fill: (result: GpuTensor) => Steps<void>): Steps<GpuTensor> {
    try {
      yield* fill(result);
      return result;
    } catch (error) {
      this.storage.free(result);
      throw error;
    }
  }

  *#fillAgain(target: GpuTensor, fill: (result: GpuTensor) => Steps<void>): Steps<void> {
    target.isStale = false;
    target.hostIds = undefined;
    if (!target.host) {
      yield* fill(target);
      return;
    }
    const near = this.result(target.dtype, target.length);
    try {
      yield* fill(near);
      yield* putPiece(this, near, target, 0);
    } finally {
      this.storage.free(near);
    }
  }

  /** Records a kernel. */
  run(kernel: Kernel, parameters: readonly number[], memory: readonly Block[], items: number): void {
    this.gpu.recorder.run(kernel, parameters, memory, items);
  }

  /**
   * Runs a kernel of TensorFlow.js.
   *
   * @param name - As it is registered.
   * @param inputs - Tensors of one block.
   * @param attrs - The kernel's attributes.
   * @param dtype - What the result is to us.
   * @returns The result, a live tensor.
   */
  runTfjs(name: string, inputs: Readonly<Record<string, TensorInfo>> | readonly TensorInfo[], attrs: object, dtype: DType): GpuTensor {
    const kernel = this.gpu.tfjs.getKernel(name, "webgpu");
    const output = kernel.kernelFunc({ inputs: inputs as Record<string, TensorInfo>, attrs: { ...attrs }, backend: this.gpu.tf });
    return this.storage.adopt(output as TensorInfo, dtype);
  }

  /** A tensor as TensorFlow.js takes it, under another shape where one is given. */
  info(ref: TensorRef, shape: Shape = ref.shape): TensorInfo {
    const { info } = this.block(ref);
    return { dataId: info.dataId, dtype: info.dtype, shape: [...shape] };
  }

  /** Runs a piece of work with tensors that end with it. */
  withTemporaries<T>(work: (keep: Keep) => T): T {
    const temporaries: GpuTensor[] = [];
    try {
      return work((tensor) => {
        temporaries.push(tensor);
        return tensor;
      });
    } finally {
      for (const tensor of temporaries) this.storage.free(tensor);
    }
  }

  /** `withTemporaries` for work that may have to wait. */
  *using<T>(work: (keep: Keep) => Steps<T>): Steps<T> {
    const temporaries: GpuTensor[] = [];
    try {
      return yield* work((tensor) => {
        temporaries.push(tensor);
        return tensor;
      });
    } finally {
      for (const tensor of temporaries) this.storage.free(tensor);
    }
  }
}

/**
 * The only block of a tensor.
 *
 * @param tensor - The tensor.
 * @param shape - Its shape, for the message.
 * @returns The block.
 * @throws UnsupportedOpError when it has several, or lies on the host.
 */
export function oneBlock(tensor: GpuTensor, shape: Shape): Block {
  const [block, second] = tensor.blocks;
  if (block && !second) return block;
  throw new UnsupportedOpError(
    `This operation needs a tensor that one binding of the GPU holds. Received: shape=[${shape.join(", ")}], which lies in ${tensor.blocks.length} buffers. Take fewer rows at a time, or use a GPU with larger buffers.`,
  );
}

/** The extent of everything behind the first axis. */
export function rowLengthOf(shape: Shape): number {
  return sizeOf(shape.slice(1));
}
