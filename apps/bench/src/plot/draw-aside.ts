import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { untilInterrupted } from "../interruption/until-interrupted.ts";
import type { Drawn, PictureTask } from "./picture.ts";

/**
 * Draws a picture in a thread of its own: this one hears Ctrl-C and SIGTERM meanwhile, of which the libraries would hear neither.
 *
 * @param workerData - What is to be drawn; the rows of a picture are given away.
 * @param signal - Ends it.
 * @throws InterruptedError as soon as the signal is set off.
 */
export async function drawAside(workerData: PictureTask, signal: AbortSignal): Promise<Drawn> {
  // Flags of this process, such as loaders and conditions, are not for a file that is built.
  const { picture } = workerData;
  const transferList = picture.kind === "rows" ? [picture.data.buffer as ArrayBuffer] : [];
  const worker = new Worker(workerFile(), { workerData, transferList, execArgv: [] });
  const drawn = new Promise<Drawn>((resolve, reject) => {
    worker.on("message", resolve).on("error", reject);
  });
  try {
    return await untilInterrupted(drawn, signal);
  } finally {
    await worker.terminate();
  }
}

/** The worker's program beside this file in `dist`; where the sources run as they are, what was built from them. */
function workerFile(): string {
  const places = ["./drawing-worker.js", "../../dist/drawing-worker.js"];
  const files = places.map((place) => fileURLToPath(new URL(place, import.meta.url)));
  return files.find((file) => existsSync(file)) ?? (files[0] as string);
}
