import type { BenchCase } from "./cases.ts";

/** The rows that all contenders look up, and the ids. */
export interface BenchData {
  readonly size: BenchCase;
  /** `[rows, dim]`. */
  readonly values: Float32Array;
}

/** One way to look rows up, ready to be timed. */
export interface Contender {
  readonly name: string;
  /** From ids in the host's memory to rows in the host's memory. The result may be overwritten by the next call. */
  lookup(ids: Int32Array): Promise<Float32Array> | Float32Array;
  dispose(): void;
}

/** Something that was asked for and is not there. */
export interface Missing {
  readonly name: string;
  readonly why: string;
  readonly remedy: string;
}
