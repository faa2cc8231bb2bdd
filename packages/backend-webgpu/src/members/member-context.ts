import type { DType, Handle, Shape, TensorRef } from "@rowan/api";
import { UnsupportedOpError, sizeOf } from "@rowan/api";
import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { GpuContext } from "../gpu/gpu-context.ts";
import type { Kernel } from "../gpu/kernel.ts";
import type { GpuStorage } from "../storage/gpu-storage.ts";
import type { Block, GpuTensor } from "../storage/gpu-tensor.ts";
import { HostedTensor } from "../storage/hosted-tensor.ts";

/** What the members of the contract work with. */
export class MemberContext {
  readonly gpu: GpuContext;
  readonly storage: GpuStorage;

  constructor(gpu: GpuContext, storage: GpuStorage) {
    this.gpu = gpu;
    this.storage = storage;
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
    return !(tensor instanceof HostedTensor) && tensor.blocks.length === 1;
  }

  /** A new tensor that a kernel fills. */
  result(dtype: DType, length: number): GpuTensor {
    return this.storage.allocateRaw(dtype, length);
  }

  /** The caller's memory, which a kernel writes whole, or new memory. */
  target(into: Handle | undefined, dtype: DType, length: number): GpuTensor {
    if (!into) return this.result(dtype, length);
    const tensor = this.storage.findAsItLies(into);
    tensor.isStale = false;
    tensor.hostIds = undefined;
    return tensor;
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
  withTemporaries<T>(work: (keep: (tensor: GpuTensor) => GpuTensor) => T): T {
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
}

/**
 * The only block of a tensor.
 *
 * @param tensor - The tensor.
 * @param shape - Its shape, for the message.
 * @returns The block.
 * @throws UnsupportedOpError when it has several.
 */
export function oneBlock(tensor: GpuTensor, shape: Shape): Block {
  const [block, second] = tensor.blocks;
  if (block && !second) return block;
  throw new UnsupportedOpError(
    `This operation needs a tensor that one binding of the GPU holds. Received: shape=[${shape.join(", ")}], which lies in ${tensor.blocks.length} buffers. Look rows up (lookup, lookupBags, updates of rows), which works with tables of any size; quantize the table; or use a GPU with larger buffers.`,
  );
}

/** The extent of everything behind the first axis. */
export function rowLengthOf(shape: Shape): number {
  return sizeOf(shape.slice(1));
}
