import { BackendUnavailableError } from "@rowan/api";
import type { getKernel } from "@tensorflow/tfjs-core";
import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";

/** The parts of TensorFlow.js that this backend works with. */
export interface Tfjs {
  readonly WebGPUBackend: typeof WebGPUBackend;
  readonly getKernel: typeof getKernel;
}

/**
 * Loads TensorFlow.js. Its kernels are called directly, on a backend object of our own: neither its engine nor its active backend
 * is touched, so other users of TensorFlow.js in the process notice nothing.
 *
 * @returns The modules.
 * @throws BackendUnavailableError where they are not installed.
 */
export async function loadTfjs(): Promise<Tfjs> {
  try {
    const [core, webgpu] = await Promise.all([import("@tensorflow/tfjs-core"), import("@tensorflow/tfjs-backend-webgpu")]);
    return { WebGPUBackend: webgpu.WebGPUBackend, getKernel: core.getKernel };
  } catch (cause) {
    throw new BackendUnavailableError(
      {
        reason: "The WebGPU backend works with TensorFlow.js, which cannot be loaded.",
        remedy: "Install it: npm install @tensorflow/tfjs-core @tensorflow/tfjs-backend-webgpu",
      },
      { cause },
    );
  }
}
