import type { Contender } from "./contender.ts";
import type { Room } from "./room.ts";

/** The groups of cases, each a subcommand. */
export const suites = ["lookup", "bag", "train", "neighbours", "pool", "checkpoint", "engines", "words", "start", "size"] as const;
export type Suite = (typeof suites)[number];

/** How large the cases are: `quick` ones only show that everything runs. */
export type Scale = "full" | "quick";

/** Something that is measured and is no time. */
export interface Score {
  readonly name: string;
  /** One a run: their spread is the noise. */
  readonly values: readonly number[];
  /** Shares of 1 when left out. */
  readonly unit?: "bytes";
}

/** One piece of work, and who does it. */
export interface BenchCase {
  readonly suite: Suite;
  /** Says the sizes; names are unique within a suite. */
  readonly name: string;
  /** Rows that a call looks up, or searches; absent where rows are not what counts. */
  readonly rows?: number;
  /** Bytes of rows that a call reads from the table. */
  readonly bytes?: number;
  /** So many calls it takes until all memory that calls use has been touched; timing begins after them. */
  readonly sets?: number;
  /** So many turns have those who need long for a call; 3 when left out. */
  readonly slowTurns?: number;
  /** How far results may differ, relative to 1 or to the larger value; 0 when left out. */
  readonly tolerance?: number;
  /** What is counted instead of rows, and how many of it a call works on. */
  readonly unit?: string;
  unitsPerCall?(): Promise<number>;
  /** What is not told by times, found after them: how good results are, how large files are. */
  scores?(room: Room): Promise<readonly Score[]>;
  /** Makes everybody ready; nobody where there are scores alone. The first one is Rowan's, and what the others are compared with. */
  open(room: Room): Promise<Contender[]>;
}
