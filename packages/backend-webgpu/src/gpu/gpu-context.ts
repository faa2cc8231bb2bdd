import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import { DisposedError, InternalError, OutOfMemoryError } from "@rowan/api";
import { BufferPool } from "./buffer-pool.ts";
import { DeviceLostError } from "./device-lost-error.ts";
import type { Tfjs } from "./load-tfjs.ts";
import type { OpenDevice } from "./open-device.ts";
import { Recorder } from "./recorder.ts";

/** Idle buffers up to this many bytes are kept for later. */
const idleLimit = 2 ** 28;

/** A device with everything that works on it. */
export class GpuContext {
  readonly device: GPUDevice;
  readonly opened: OpenDevice;
  readonly tf: WebGPUBackend;
  readonly tfjs: Tfjs;
  readonly pool: BufferPool;
  readonly recorder: Recorder;
  #lost: string | undefined;
  #fault: GPUError | undefined;
  /** The last one that somebody was told. */
  #told: GPUError | undefined;
  #later: { readonly error: unknown } | undefined;
  #ended = false;

  constructor(opened: OpenDevice, tfjs: Tfjs) {
    const { device, info } = opened;
    this.opened = opened;
    this.device = device;
    this.tfjs = tfjs;
    this.tf = new tfjs.WebGPUBackend(device, info as unknown as GPUAdapterInfo);
    this.pool = new BufferPool(device, idleLimit);
    // Its declared type has private parts, which nobody outside of the class can reach.
    this.tf.bufferManager = this.pool as unknown as WebGPUBackend["bufferManager"];
    this.recorder = new Recorder(this.tf);
    // Faults of commands come later than the calls: kept, and told to who reads next.
    device.addEventListener("uncapturederror", (event) => {
      const { error } = event as GPUUncapturedErrorEvent;
      // What there was no memory for makes commands fail that use it: these say less.
      if (!this.#fault || isOutOfMemory(error)) this.#fault = error;
    });
    void device.lost.then(({ message }) => {
      if (!this.#ended) this.#lost = message;
    });
  }

  /** Whether the device went away by itself. */
  get isLost(): boolean {
    return this.#lost !== undefined;
  }

  /**
   * To be called in front of work.
   *
   * @throws DeviceLostError when the device went away, DisposedError when this backend was ended.
   */
  checkAlive(): void {
    if (this.#lost !== undefined) throw new DeviceLostError(this.#lost);
    if (this.#ended) {
      throw new DisposedError("A backend must not be used after its dispose(). Received: work for one that was ended. Make another.");
    }
  }

  /**
   * To be called in front of results.
   *
   * @throws OutOfMemoryError when the device had no memory for what was asked, InternalError when it refused commands.
   */
  checkFaults(): void {
    const later = this.#later;
    this.#later = undefined;
    if (later) throw later.error;
    const fault = this.#fault;
    this.#fault = undefined;
    if (!fault) return;
    this.#told = fault;
    this.tellAgain();
  }

  /**
   * For whom a fault ended that somebody else was told.
   *
   * @throws As `checkFaults`, for the last fault.
   */
  tellAgain(): void {
    const fault = this.#told;
    if (!fault) return;
    if (isOutOfMemory(fault)) {
      throw new OutOfMemoryError(
        `The GPU must hold all tables, weights and results together. Received: ${fault.message} Say how much there is with createWebGpuBackend({ memoryBytes }), so that tables beyond it stay on the host; dispose what is no longer needed; or quantize tables.`,
      );
    }
    throw new InternalError(`the GPU refused a command. ${fault.message}`);
  }

  /**
   * Keeps an error of work that nobody waits for, until somebody waits for a result.
   *
   * @param error - What it threw.
   */
  tellLater(error: unknown): void {
    this.#later ??= { error };
  }

  /**
   * Somebody was told.
   *
   * @param error - What was thrown.
   */
  wasTold(error: unknown): void {
    if (this.#later?.error === error) this.#later = undefined;
  }

  /** Ends the device and everything on it. */
  end(): void {
    this.#ended = true;
    this.pool.dispose();
    this.device.destroy();
  }
}

function isOutOfMemory(error: GPUError): boolean {
  return error.constructor.name === "GPUOutOfMemoryError";
}
