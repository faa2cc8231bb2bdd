import { BackendUnavailableError } from "@rowan/api";
import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import type { Kernel } from "./kernel.ts";
import { Parameters } from "./parameters.ts";
import { Pipelines } from "./pipelines.ts";

/**
 * Where TensorFlow.js records its commands. These fields are its own matter by its types; ours go into the same encoder, so that
 * everything runs in the order of the calls and few submits carry a step.
 */
interface Encoding {
  commandEncoder: GPUCommandEncoder | null;
  computePassEncoder: GPUComputePassEncoder | null;
  commandQueueOwnedIds: WeakSet<object>;
}

const fields = ["commandEncoder", "computePassEncoder", "commandQueueOwnedIds"] as const satisfies readonly (keyof Encoding)[];

/** Workgroups along one axis of a grid, on every device. */
const gridLimit = 65_535;

/** Memory on the device that commands use: a tensor of TensorFlow.js, and its buffer. */
export interface DeviceMemory {
  readonly info: TensorInfo;
  readonly buffer: GPUBuffer;
}

/** How many times something was done, for `stats`. */
export interface RecorderCounts {
  submits: number;
  dispatches: number;
  /** Reads that were begun, and the most that were under way at once. */
  reads: number;
  readsAtOnce: number;
}

/** Records commands for a device, between those of TensorFlow.js, and submits them together. */
export class Recorder {
  readonly counts: RecorderCounts = { submits: 0, dispatches: 0, reads: 0, readsAtOnce: 0 };
  readonly pipelines: Pipelines;
  readonly #tf: WebGPUBackend;
  readonly #encoding: Encoding;
  readonly #parameters: Parameters;
  #reading = 0;

  /**
   * @param tf - The backend object of TensorFlow.js, which nobody else uses.
   * @throws BackendUnavailableError when it is not made as version 4.22 is.
   */
  constructor(tf: WebGPUBackend) {
    const missing = fields.filter((name) => !(name in tf));
    if (missing.length > 0) {
      throw new BackendUnavailableError({
        reason: `This version of @tensorflow/tfjs-backend-webgpu records its commands in another way: it has no ${missing.join(", ")}.`,
        remedy: "Install version 4.22.0.",
      });
    }
    this.#tf = tf;
    this.#encoding = tf as unknown as Encoding;
    this.#parameters = new Parameters(tf.device);
    this.pipelines = new Pipelines(tf.device);
    const submitRecorded = tf.submitQueue.bind(tf);
    tf.submitQueue = () => {
      this.#parameters.flush();
      this.counts.submits++;
      submitRecorded();
    };
  }

  /**
   * Records a kernel.
   *
   * @param kernel - The kernel.
   * @param parameters - Its numbers, in the order of its declaration.
   * @param memory - Its buffers, in that order.
   * @param items - How many work items there must be; none records nothing.
   */
  run(kernel: Kernel, parameters: readonly number[], memory: readonly DeviceMemory[], items: number): void {
    if (items === 0) return;
    if (this.#parameters.isFull) this.submit();
    const { device } = this.#tf;
    const { pipeline, layout } = this.pipelines.get(kernel);
    const resources = [this.#parameters.add(kernel.parameters, parameters), ...memory.map(({ buffer }) => ({ buffer }))];
    const bindGroup = device.createBindGroup({ layout, entries: resources.map((resource, binding) => ({ binding, resource })) });
    const groups = Math.ceil(items / kernel.workgroupSize);
    const rows = Math.ceil(groups / gridLimit);
    const pass = this.#pass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, bindGroup);
    pass.dispatchWorkgroups(Math.ceil(groups / rows), rows);
    this.#own(memory);
    this.counts.dispatches++;
  }

  /** Records a copy of bytes; offsets and size are multiples of 4. */
  copy(source: DeviceMemory, sourceOffset: number, target: DeviceMemory, targetOffset: number, bytes: number): void {
    this.#encoder().copyBufferToBuffer(source.buffer, sourceOffset, target.buffer, targetOffset, bytes);
    this.#own([source, target]);
  }

  /** Records that a buffer becomes zero. */
  clear(memory: DeviceMemory): void {
    this.#encoder().clearBuffer(memory.buffer);
    this.#own([memory]);
  }

  /** Records a copy into a buffer that is no tensor, and submits everything up to it. */
  copyOut(source: DeviceMemory, offset: number, target: GPUBuffer, bytes: number): void {
    this.#encoder().copyBufferToBuffer(source.buffer, offset, target, 0, bytes);
    this.#own([source]);
    this.submit();
  }

  /**
   * Counts a read from its begin to its end.
   *
   * @param mapping - The read.
   * @returns The same.
   */
  async countRead<T>(mapping: Promise<T>): Promise<T> {
    this.counts.reads++;
    this.counts.readsAtOnce = Math.max(this.counts.readsAtOnce, ++this.#reading);
    try {
      return await mapping;
    } finally {
      this.#reading--;
    }
  }

  /** Whether recorded commands that were not submitted use this memory: a direct write would come before them. */
  isWaiting(memory: DeviceMemory): boolean {
    return this.#encoding.commandQueueOwnedIds.has(memory.info.dataId);
  }

  /** Sends what is recorded to the device. */
  submit(): void {
    if (!this.#encoding.commandEncoder) return;
    this.#tf.endComputePassEncoder();
    this.#tf.submitQueue();
  }

  #encoder(): GPUCommandEncoder {
    this.#tf.ensureCommandEncoderReady();
    this.#tf.endComputePassEncoder();
    return this.#encoding.commandEncoder as GPUCommandEncoder;
  }

  #pass(): GPUComputePassEncoder {
    this.#tf.ensureCommandEncoderReady();
    this.#encoding.computePassEncoder ??= (this.#encoding.commandEncoder as GPUCommandEncoder).beginComputePass();
    return this.#encoding.computePassEncoder;
  }

  /** TensorFlow.js keeps the buffers of such tensors until the commands are submitted, also when they are disposed before. */
  #own(memory: readonly DeviceMemory[]): void {
    for (const { info } of memory) this.#encoding.commandQueueOwnedIds.add(info.dataId);
  }
}
