import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Looks for a file of the repository, whether this program runs from its sources or from a bundle of them.
 *
 * @param path - Relative to this folder or to one above it.
 * @returns Its absolute path, or undefined where there is none.
 */
export function findUp(...path: readonly string[]): string | undefined {
  for (let folder = dirname(fileURLToPath(import.meta.url)); dirname(folder) !== folder; folder = dirname(folder)) {
    const candidate = join(folder, ...path);
    if (existsSync(candidate)) return candidate;
  }
  return undefined;
}
