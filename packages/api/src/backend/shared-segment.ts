/** Rows of a tensor that lie one after another in one memory which several threads can read in place. */
export interface SharedSegment {
  /** A shared `WebAssembly.Memory`: a worker that gets it posted reads the same bytes, and may run kernels over it. */
  readonly memory: object;
  /** Where its first row begins, in bytes. */
  readonly byteOffset: number;
  /** Which row of the tensor that is. */
  readonly firstRow: number;
  /** How many rows follow one another here. */
  readonly rows: number;
}
