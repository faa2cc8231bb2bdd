import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { untilInterrupted } from "../interruption/until-interrupted.ts";
import type { LayoutTask } from "./umap.ts";

/**
 * Lays rows out in a plane (UMAP), in a thread of its own: this one hears Ctrl-C and SIGTERM meanwhile, of which the library would hear
 * neither.
 *
 * @param data - `[rows, dim]`, row by row.
 * @param dim - The length of a row.
 * @param seed - Of the layout.
 * @param signal - Ends it.
 * @returns `[rows, 2]`.
 * @throws InterruptedError as soon as the signal is set off.
 */
export async function layOut(data: ArrayLike<number>, dim: number, seed: number, signal: AbortSignal): Promise<Float64Array> {
  const workerData: LayoutTask = { data: Float64Array.from(data), dim, seed };
  // Flags of this process, such as loaders and conditions, are not for a file that is built.
  const worker = new Worker(workerFile(), { workerData, execArgv: [] });
  const points = new Promise<Float64Array>((resolve, reject) => {
    worker.on("message", resolve).on("error", reject);
  });
  try {
    return await untilInterrupted(points, signal);
  } finally {
    await worker.terminate();
  }
}

/** The worker's program beside this file in `dist`; where the sources run as they are, what was built from them. */
function workerFile(): string {
  const places = ["./umap-worker.js", "../../dist/umap-worker.js"];
  const files = places.map((place) => fileURLToPath(new URL(place, import.meta.url)));
  return files.find((file) => existsSync(file)) ?? (files[0] as string);
}
