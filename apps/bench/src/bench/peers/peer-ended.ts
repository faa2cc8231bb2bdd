/** A peer's process has ended, though nobody asked it to. */
export class PeerEndedError extends Error {
  override readonly name = "PeerEndedError";
}

/**
 * Waits for what a peer does.
 *
 * @param work - Undefined where there is nothing to wait for.
 * @returns Undefined where the peer's process has ended meanwhile, or had before.
 */
export async function unlessEnded<T>(work: Promise<T> | undefined): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof PeerEndedError) return undefined;
    throw error;
  }
}
