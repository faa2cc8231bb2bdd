import type { Stats } from "node:fs";

/**
 * Says of a folder what the system would say of it later, or after work was done: that it is no file.
 *
 * @param path - Where it is.
 * @param stats - What is there; undefined for nothing.
 * @throws The system's error for a folder, EISDIR.
 */
export function refuseFolder(path: string, stats: Stats | undefined): void {
  if (stats?.isDirectory() === true) throw Object.assign(new Error("it is a folder"), { code: "EISDIR", syscall: "open", path });
}
