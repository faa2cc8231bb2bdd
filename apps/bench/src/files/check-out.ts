import { access, constants, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { refuseFolder } from "./refuse-folder.ts";

/**
 * Finds out whether a file can be written, before the work whose result it shall have.
 *
 * @param path - The file.
 * @throws The system's error, with the path that it is about.
 */
export async function checkOut(path: string): Promise<void> {
  const there = await stat(path).catch(() => undefined);
  refuseFolder(path, there);
  const folder = dirname(path);
  if (!(await stat(folder)).isDirectory()) throw Object.assign(new Error("no folder"), { code: "ENOTDIR", syscall: "open", path });
  await access(folder, constants.W_OK).catch((error: unknown) => {
    throw Object.assign(error as Error, { path });
  });
}
