import { BackendUnavailableError } from "@rowan/api";
import type * as tfjsCore from "@tensorflow/tfjs-core";
import type { KernelBackend } from "@tensorflow/tfjs-core";

/** All of TensorFlow.js' core. */
export type TfjsCore = typeof tfjsCore;

/**
 * Loads a package that is an optional peer.
 *
 * @param load - Imports it.
 * @param engine - The engine that needs it.
 * @param packages - What to install.
 * @returns Its exports.
 * @throws BackendUnavailableError when it is not installed.
 */
export async function loadPeer<T>(load: () => Promise<T>, engine: string, packages: string): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    throw new BackendUnavailableError(
      `The engine "${engine}" must find its packages. Received: ${cause instanceof Error ? (cause.message.split("\n")[0] ?? "") : String(cause)}. Run \`npm install ${packages}\`, or choose another engine.`,
      { cause },
    );
  }
}

/**
 * Makes a backend of TensorFlow.js where there is none yet. The active backend stays what it is all the while, also where none was chosen:
 * `setBackend` would switch at once and wait then, and what others compute meanwhile would fail or run elsewhere.
 *
 * @param tf - The core.
 * @param name - A registered backend.
 * @returns The one of that name that everybody in the process shares.
 * @throws What its factory throws.
 */
export async function startTfjsBackend(tf: TfjsCore, name: string): Promise<KernelBackend> {
  const { registry } = tf.engine();
  const present = (): KernelBackend | undefined => registry[name];
  // Kernels of WASM know one instance of the module: one that somebody else is starting must be the one.
  await othersOnTheirWay(tf);
  if (present() === undefined) {
    const made = await tf.findBackendFactory(name)();
    await othersOnTheirWay(tf);
    if (present() === undefined) registry[name] = made;
    else made.dispose();
  }
  const backend = registry[name] as KernelBackend;
  for (const kernel of tf.getKernelsForBackend(name)) kernel.setupFunc?.(backend);
  return backend;
}

/** A backend that a program has set and that is not there yet: TensorFlow.js keeps the promise to itself. */
async function othersOnTheirWay(tf: TfjsCore): Promise<void> {
  const { pendingBackendInit } = tf.engine() as unknown as { readonly pendingBackendInit: Promise<boolean> | null };
  await pendingBackendInit;
}
