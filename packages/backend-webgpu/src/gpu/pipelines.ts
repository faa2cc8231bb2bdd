import type { Kernel } from "./kernel.ts";

/** A kernel that is ready to run on a device. */
export interface Pipeline {
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}

/** The pipelines of a device: each kernel is compiled once, ahead of its use where that is possible. */
export class Pipelines {
  readonly #device: GPUDevice;
  readonly #ready = new Map<Kernel, Pipeline>();
  readonly #layouts = new Map<string, GPUBindGroupLayout>();

  /** @param device - Where the pipelines run. */
  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** How many are compiled. */
  get count(): number {
    return this.#ready.size;
  }

  /**
   * The pipeline of a kernel. Where it is not compiled yet, the device compiles it while this thread goes on.
   *
   * @param kernel - The kernel.
   * @returns Its pipeline.
   */
  get(kernel: Kernel): Pipeline {
    const known = this.#ready.get(kernel);
    if (known) return known;
    const layout = this.#layoutOf(kernel);
    const made = { pipeline: this.#device.createComputePipeline(this.#describe(kernel, layout)), layout };
    this.#ready.set(kernel, made);
    return made;
  }

  /**
   * Compiles kernels beside other work, so that their first use does not wait.
   *
   * @param kernels - Those that will be needed.
   * @returns When all of them are there.
   */
  async prepare(kernels: readonly Kernel[]): Promise<void> {
    await Promise.all(
      kernels
        .filter((kernel) => !this.#ready.has(kernel))
        .map(async (kernel) => {
          const layout = this.#layoutOf(kernel);
          const pipeline = await this.#device.createComputePipelineAsync(this.#describe(kernel, layout));
          if (!this.#ready.has(kernel)) this.#ready.set(kernel, { pipeline, layout });
        }),
    );
  }

  #describe(kernel: Kernel, layout: GPUBindGroupLayout): GPUComputePipelineDescriptor {
    return {
      label: kernel.name,
      layout: this.#device.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: { module: this.#device.createShaderModule({ label: kernel.name, code: kernel.code }), entryPoint: "main" },
    };
  }

  /** Stated, since a layout taken from the code leaves out what the code happens not to use. */
  #layoutOf({ buffers }: Kernel): GPUBindGroupLayout {
    const key = buffers.map(({ access }) => access).join();
    const known = this.#layouts.get(key);
    if (known) return known;
    const types = [
      "uniform",
      ...buffers.map(({ access }) => (access === "read" ? "read-only-storage" : "storage")),
    ] as GPUBufferBindingType[];
    const layout = this.#device.createBindGroupLayout({
      entries: types.map((type, binding) => ({ binding, visibility: 4, buffer: { type } })),
    });
    this.#layouts.set(key, layout);
    return layout;
  }
}
