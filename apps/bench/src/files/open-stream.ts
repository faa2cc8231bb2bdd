import { constants, createReadStream, openSync } from "node:fs";
import type { ReadStream, Stats } from "node:fs";
import { Socket } from "node:net";
import { refuseFolder } from "./refuse-folder.ts";

/**
 * Begins to read a file, a pipe or a device from its beginning to its end.
 *
 * @param path - Where it is.
 * @param stats - What it is.
 * @throws The system's error for a folder.
 */
export function openStream(path: string, stats: Stats): ReadStream | Socket {
  refuseFolder(path, stats);
  if (!stats.isFIFO()) return createReadStream(path, { highWaterMark: 1 << 18 });
  // The event loop waits for a pipe: a thread that opened it would hang until somebody writes, and the program's end with it.
  return new Socket({ fd: openSync(path, constants.O_RDONLY | constants.O_NONBLOCK), readable: true, writable: false });
}
