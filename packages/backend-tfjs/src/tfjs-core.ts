import { BackendUnavailableError } from "@rowan/api";
import type * as tfjsCore from "@tensorflow/tfjs-core";

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
 * Makes a backend of TensorFlow.js once, in a turn of its own, and leaves the active backend as it was.
 *
 * @param tf - The core.
 * @param name - A registered backend.
 * @returns Whether it could be started.
 */
export async function startTfjsBackend(tf: TfjsCore, name: string): Promise<boolean> {
  // Nothing was chosen: then TensorFlow.js would choose at its first use, and there is nothing to put back.
  const former = tf.engine().backendName as string | null | undefined;
  const started = await tf.setBackend(name);
  if (former != null && former !== name) await tf.setBackend(former);
  return started;
}
