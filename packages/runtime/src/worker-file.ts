import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * The program of a thread. It is in `dist`, since Node starts threads by itself and takes only what is built.
 *
 * @param name - The file, `worker.js`.
 * @returns Its path: beside this file in `dist`; built from the sources, where these run as they are; or, where a bundler took this file
 *   elsewhere, that of the installed package. Where there is none, the first of these, for whoever starts it to complain of.
 */
export function workerFile(name: string): string {
  const places = [`./${name}`, `../dist/${name}`].map((place) => fileURLToPath(new URL(place, import.meta.url)));
  return places.find((place) => existsSync(place)) ?? installedFile(name) ?? (places[0] as string);
}

function installedFile(name: string): string | undefined {
  try {
    // All programs are in one folder, and this one has a name by which the package tells it.
    const path = fileURLToPath(new URL(name, import.meta.resolve("@rowan/runtime/worker")));
    return existsSync(path) ? path : undefined;
  } catch {
    return undefined;
  }
}
