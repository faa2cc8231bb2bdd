import { checkPositiveInteger } from "@rowan/api";
import type { Backend } from "@rowan/api";
import { assembleBackend } from "./cpu-backend.ts";
import { plainKernels } from "./kernels/plain.ts";
import { PlainStorage } from "./plain-storage.ts";

/** What a CPU backend shall be. */
export interface CpuBackendOptions {
  /** `"plain"` is TypeScript alone. Default: `"auto"`. */
  readonly kernels?: "auto" | "wasm" | "plain";
  /** The most that tables, weights and results may take together, in bytes. Default: 4 GiB. */
  readonly maximumBytes?: number;
}

const addressSpace = 2 ** 32;

/**
 * Makes a backend on the processor.
 *
 * @param options - Kernels, sharing, and the memory's limit.
 * @returns The backend.
 */
export async function createCpuBackend(options: CpuBackendOptions = {}): Promise<Backend> {
  const maximumBytes = checkPositiveInteger("maximumBytes", options.maximumBytes ?? addressSpace);
  return assembleBackend(plainKernels, new PlainStorage(maximumBytes), "plain TypeScript", false);
}
