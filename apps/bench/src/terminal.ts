/** Where text goes; of Node's streams only what is needed, so that tests can stand in for them. */
export interface TextStream {
  write(text: string): unknown;
  /** Waits until all text was taken, where that can be waited for; OutputError when it was not. */
  flush?(): Promise<void>;
  readonly isTTY?: boolean;
  /** Characters in a line of the terminal. */
  readonly columns?: number | undefined;
}

/** What surrounds a run of the program. */
export interface Surroundings {
  /** Results. */
  readonly stdout: TextStream;
  /** Progress and errors. */
  readonly stderr: TextStream;
  /** Set off by Ctrl-C: commands end soon and leave nothing half-written. */
  readonly signal: AbortSignal;
}
