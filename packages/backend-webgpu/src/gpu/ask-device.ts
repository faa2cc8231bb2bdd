/** Something that was made on a device, and its word whether it had memory for it. */
export interface Asked<T> {
  readonly made: T;
  /** What the device says against it; null where there is nothing. */
  readonly refusal: Promise<GPUError | null>;
}

/**
 * Makes buffers, and asks the device whether it has memory for them: WebGPU tells it later.
 *
 * @param device - The device.
 * @param make - Makes them.
 * @returns What was made; it must not be used before the device has answered.
 */
export function askDevice<T>(device: GPUDevice, make: () => T): Asked<T> {
  device.pushErrorScope("out-of-memory");
  let refusal: Promise<GPUError | null> = Promise.resolve(null);
  try {
    return {
      made: make(),
      get refusal() {
        return refusal;
      },
    };
  } finally {
    // A device that is lost says nothing about memory; the next call tells that it is lost.
    refusal = device.popErrorScope().catch(() => null);
  }
}
