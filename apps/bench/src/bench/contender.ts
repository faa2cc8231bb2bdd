/** What Rowan can be compared with, by the names that `--against` takes; `c` is the ceiling. */
export const peerNames = ["js", "tfjs", "tfjs-node", "torch", "keras", "fbgemm", "gensim", "numpy", "safetensors", "c"] as const;
export type PeerName = (typeof peerNames)[number];

/** One way to do a case's work, ready to be timed. It holds several sets of inputs, for successive calls. */
export interface Contender {
  readonly name: string;
  readonly peer: PeerName | "rowan";
  /** Bytes of rows that a call reads, where they are not the case's. */
  readonly bytes?: number;
  /** How far its results may be from the first contender's, where that is not what the case says. */
  readonly tolerance?: number;
  /**
   * Some calls, one after another, the first on set `first`, and so on around the sets.
   *
   * @returns The milliseconds of the last `calls` of them; the `warm` ones before are not timed.
   */
  readonly turn: (first: number, warm: number, calls: number) => Promise<number[]>;
  /** What the first calls give, to be compared; called once, before anything else. Absent where nothing can be compared. */
  result?(): Promise<ArrayLike<number>>;
  /** Bytes of memory that one more call takes at most, beside its tables; called once, when everybody was timed. */
  memory?(): Promise<number>;
  readonly dispose: () => Promise<void> | void;
}

/** Something that was asked for and is not there. */
export interface Missing {
  readonly name: string;
  readonly why: string;
  readonly remedy: string;
}

/** A contender as it is written down: `call` does the work on a set. */
export interface InProcess extends Omit<Contender, "turn"> {
  readonly sets: number;
  /** One call; only what happens inside is timed. */
  call(set: number): unknown;
}

/**
 * A contender that runs in this process.
 *
 * @param contender - What it does.
 */
export function inProcess(contender: InProcess): Contender {
  return {
    ...contender,
    turn: async (first, warm, calls) => {
      const times: number[] = [];
      for (let i = 0; i < warm + calls; i++) {
        const set = (first + i) % contender.sets;
        const start = performance.now();
        const done = contender.call(set);
        // Waiting for what is no promise would cost a turn of the event loop's queue.
        if (done instanceof Promise) await done;
        const took = performance.now() - start;
        if (i >= warm) times.push(took);
      }
      return times;
    },
  };
}
