import { rmSync, statSync } from "node:fs";

/** What is noted, each time for itself: which path, and which file there, where that is told. */
const noted = new Set<{ readonly path: string; readonly inode: number | undefined }>();

/**
 * Remembers a file or folder that must not outlive this process unless it is completed.
 *
 * @param path - Where it is.
 * @param inode - Which file it is there: one that another run puts in its place is not removed.
 * @returns Forgets it again: it is complete, kept on purpose, or gone.
 */
export function noteUnfinished(path: string, inode?: number): () => void {
  const note = { path, inode };
  noted.add(note);
  return () => {
    noted.delete(note);
  };
}

/** Removes whatever is unfinished, at once: for a process that has no time left to end its work in order. */
export function removeUnfinished(): void {
  for (const { path, inode } of noted) {
    try {
      if (inode === undefined || statSync(path).ino === inode) rmSync(path, { recursive: true, force: true });
    } catch {
      // It may be where nothing can be removed any more; the others still can.
    }
  }
  noted.clear();
}
