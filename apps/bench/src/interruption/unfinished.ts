import { rmSync } from "node:fs";

const paths = new Set<string>();

/**
 * Remembers a file or folder that must not outlive this process unless it is completed.
 *
 * @param path - Where it is.
 * @returns Forgets it again: it is complete, kept on purpose, or gone.
 */
export function noteUnfinished(path: string): () => void {
  paths.add(path);
  return () => {
    paths.delete(path);
  };
}

/** Removes whatever is unfinished, at once: for a process that has no time left to end its work in order. */
export function removeUnfinished(): void {
  for (const path of paths) {
    try {
      rmSync(path, { recursive: true, force: true });
    } catch {
      // It may be where nothing can be removed any more; the others still can.
    }
  }
  paths.clear();
}
