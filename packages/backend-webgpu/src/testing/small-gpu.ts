import type { DawnModule } from "../gpu/globals.ts";

/**
 * A GPU that has little memory: beyond it each new buffer is made as large as the device allows, which SwiftShader has no memory for, so
 * that the refusal and its way are real.
 *
 * @param gpu - The entry point of a GPU in software.
 * @param globals - The constants and classes that belong to it.
 * @param bytes - What its devices shall have.
 * @returns A module to be given as `dawn`.
 */
export function smallGpu(gpu: GPU, globals: object, bytes: number): DawnModule {
  const entry = {
    async requestAdapter(options?: GPURequestAdapterOptions): Promise<GPUAdapter | null> {
      const adapter = await gpu.requestAdapter(options);
      if (!adapter) return null;
      const requestDevice = adapter.requestDevice.bind(adapter);
      adapter.requestDevice = async (descriptor) => limit(await requestDevice(descriptor), bytes);
      return adapter;
    },
  };
  return { create: () => entry, globals };
}

function limit(device: GPUDevice, bytes: number): GPUDevice {
  const createBuffer = device.createBuffer.bind(device);
  let used = 0;
  device.createBuffer = (descriptor) => {
    const { size } = descriptor;
    if (used + size > bytes) {
      const refused = createBuffer({ size: device.limits.maxBufferSize, usage: descriptor.usage });
      return Object.defineProperty(refused, "size", { value: size });
    }
    const buffer = createBuffer(descriptor);
    used += size;
    const destroy = buffer.destroy.bind(buffer);
    let isEnded = false;
    buffer.destroy = () => {
      if (!isEnded) used -= size;
      isEnded = true;
      destroy();
      return undefined;
    };
    return buffer;
  };
  return device;
}
