import type { Contender } from "../contender.ts";

/** A peer does not do what it was asked to: it gives an error, or its process has ended, though nobody asked it to. */
export class PeerFailedError extends Error {
  override readonly name = "PeerFailedError";
  /** Whether its process has ended, so that it can be asked nothing more. */
  readonly hasEnded: boolean;

  constructor(message: string, { hasEnded = false, cause }: { readonly hasEnded?: boolean; readonly cause?: unknown } = {}) {
    super(message, { cause });
    this.hasEnded = hasEnded;
  }
}

/**
 * Waits for what a peer does.
 *
 * @param work - Undefined where there is nothing to wait for.
 * @returns Undefined where the peer has failed at it.
 */
export async function unlessFailed<T>(work: Promise<T> | undefined): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof PeerFailedError) return undefined;
    throw error;
  }
}

/** Which peers have failed, and at what, until somebody names them. */
export class Failures {
  readonly #noted = new Map<PeerFailedError, string>();
  /** Whoever asks a process that has ended gets the same error each time, which is one failure. */
  readonly #taken = new WeakSet<PeerFailedError>();

  /**
   * Waits for what a peer does, and notes where it fails.
   *
   * @param peer - As it is named.
   * @param work - What it does.
   * @throws PeerFailedError as the work does.
   */
  async watch<T>(peer: string, work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      if (error instanceof PeerFailedError && !this.#taken.has(error)) this.#noted.set(error, peer);
      throw error;
    }
  }

  /**
   * Makes a contender ready whose work is a peer's in this process, where any error is the peer's.
   *
   * @param peer - As it is named.
   * @param open - Makes it ready.
   * @returns Nobody where that fails.
   */
  async openInProcess(peer: string, open: () => Contender | Promise<Contender>): Promise<Contender[]> {
    const guard = <T>(work: () => T | Promise<T>): Promise<T> => this.watch(peer, asPeers(work));
    const contender = await unlessFailed(guard(open));
    if (contender === undefined) return [];
    return [
      {
        ...contender,
        turn: (first, warm, calls) => guard(() => contender.turn(first, warm, calls)),
        ...(contender.result && { result: () => guard(async () => contender.result?.() ?? []) }),
      },
    ];
  }

  /** Those that were noted since the last time. */
  take(): (readonly [peer: string, error: PeerFailedError])[] {
    const noted = [...this.#noted];
    this.#noted.clear();
    for (const [error] of noted) this.#taken.add(error);
    return noted.map(([error, peer]) => [peer, error] as const);
  }
}

async function asPeers<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const [message = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
    throw new PeerFailedError(`it failed: ${message}`, { cause: error });
  }
}
