import type { ParameterType } from "./kernel.ts";

/** Dynamic uniform data starts at multiples of this on every device. */
const slotBytes = 256;

/** Runs recorded between two submits at most: what has one of its own goes to the device, which works while more is recorded. */
const slots = 64;

/**
 * The numbers that kernels are called with. All of one submit lie in one buffer and go to the device in one piece, in front of the
 * commands that read them.
 */
export class Parameters {
  readonly buffer: GPUBuffer;
  readonly #queue: GPUQueue;
  readonly #view = new DataView(new ArrayBuffer(slots * slotBytes));
  #count = 0;

  /** @param device - Where the buffer lies. */
  constructor(device: GPUDevice) {
    this.#queue = device.queue;
    this.buffer = device.createBuffer({
      label: "parameters",
      size: slots * slotBytes,
      usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
    });
  }

  /** Whether the next numbers need a submit first. */
  get isFull(): boolean {
    return this.#count === slots;
  }

  /**
   * Takes the numbers of one run.
   *
   * @param types - How the kernel reads them.
   * @param values - As many.
   * @returns What to bind.
   */
  add(types: readonly ParameterType[], values: readonly number[]): GPUBufferBinding {
    const offset = this.#count++ * slotBytes;
    types.forEach((type, i) => {
      const [at, value] = [offset + 4 * i, values[i] as number];
      if (type === "f32") this.#view.setFloat32(at, value, true);
      else if (type === "i32") this.#view.setInt32(at, value, true);
      else this.#view.setUint32(at, value, true);
    });
    return { buffer: this.buffer, offset, size: slotBytes };
  }

  /** Sends what was taken since the last time. The device sees it in front of what is submitted next. */
  flush(): void {
    if (this.#count > 0) this.#queue.writeBuffer(this.buffer, 0, this.#view.buffer, 0, this.#count * slotBytes);
    this.#count = 0;
  }
}
