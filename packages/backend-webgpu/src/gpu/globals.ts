/** What npm's package `webgpu` (Dawn for Node) exports. */
export interface DawnModule {
  /** Makes an entry point like `navigator.gpu`. */
  create(flags: string[]): object;
  /** The classes and constants that a browser has as globals: `GPUBufferUsage`, `GPUMapMode`, `GPUBuffer`, … */
  readonly globals: object;
}

/** The scope of globals, as far as WebGPU is concerned. */
interface Scope {
  navigator?: { gpu?: GPU };
}

/**
 * The entry point that is there already: a browser's, Deno's, or one that a user set.
 *
 * @returns `navigator.gpu`, or undefined.
 */
export function presentGpu(): GPU | undefined {
  return (globalThis as Scope).navigator?.gpu;
}

/**
 * Sets what `@tensorflow/tfjs-backend-webgpu` reads while it works: `navigator.gpu`, and the constants and classes of WebGPU.
 * What is there already stays as it is, so a user's own globals are never overwritten.
 *
 * @param gpu - The entry point.
 * @param globals - The constants and classes that belong to it; none where the runtime has them.
 */
export function setMissingGlobals(gpu: GPU, globals: object = {}): void {
  const scope = globalThis as Scope;
  for (const [name, value] of Object.entries(globals)) {
    if (!(name in scope)) Object.defineProperty(scope, name, { value, configurable: true, writable: true });
  }
  const navigator = scope.navigator;
  if (navigator === undefined) {
    Object.defineProperty(scope, "navigator", { value: { gpu }, configurable: true, writable: true });
  } else if (navigator.gpu === undefined) {
    Object.defineProperty(navigator, "gpu", { value: gpu, configurable: true });
  }
}
