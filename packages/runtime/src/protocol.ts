/** What the pool and its workers say to each other: numbers, and memories that both see. Nothing here is copied that grows with a call. */

import type { CompiledKernels } from "@rowan/backend-cpu/thread";

/** What a worker needs once. */
export interface WorkerSetup {
  readonly compiled: CompiledKernels;
  /** The memories that are known from the start, as of `JobMessage`. */
  readonly memories: Memories;
}

/** Shared `WebAssembly.Memory` objects by number; a number always means the same memory. */
export type Memories = readonly (readonly [number: number, memory: object])[];

/** Rows of a table that lie in one memory. */
export interface SegmentPlace {
  /** Which of the job's memories. */
  readonly memory: number;
  /** Byte addresses: the rows, and what quantized rows have beside them (0 where there is none). */
  readonly data: number;
  readonly scale: number;
  readonly zeros: number;
  readonly firstRow: number;
  readonly rows: number;
}

/** How a table's rows are stored, and where. */
export interface TablePlace {
  /** Values in a row. */
  readonly dim: number;
  /** -1 for float32, else how the kernels call a quantized layout. */
  readonly code: number;
  /** Columns that share a scale. */
  readonly block: number;
  /** `way` of the kernel that gathers float32 rows. */
  readonly way: number;
  readonly segments: readonly SegmentPlace[];
}

/** Where a task may write in between, in each memory that it uses: only one task at a time. */
export interface ScratchPlace {
  readonly memory: number;
  readonly address: number;
  readonly bytes: number;
}

interface PartBase {
  readonly table: TablePlace;
  /** The memory of all addresses below. */
  readonly home: number;
}

/** `out[i] = table[ids[i]]` */
export interface GatherPart extends PartBase {
  readonly op: "gather";
  readonly ids: number;
  readonly out: number;
}

/** One row for each bag; `mode` as the kernels call it: 0 sum, 1 mean, 2 sqrtn, 3 max. */
export interface BagsPart extends PartBase {
  readonly op: "bags";
  readonly ids: number;
  readonly offsets: number;
  readonly weights: number;
  readonly weighted: number;
  readonly out: number;
  readonly mode: number;
}

/** The `k` nearest rows to each of `count` queries, among the rows of a slice: each slice has a place of its own for its result. */
export interface NearestPart extends PartBase {
  readonly op: "nearest";
  readonly queries: number;
  readonly count: number;
  readonly k: number;
  /** 0 cosine, 1 dot, 2 negated squared distance. */
  readonly metric: number;
  /** `[slices, count, k]` float32 and int32. */
  readonly values: number;
  readonly indices: number;
}

/** A piece of a call. */
export type Part = GatherPart | BagsPart | NearestPart;

/** What one task gets: the whole call. Which slices it works on is decided in `control`, while it runs. */
export interface JobMessage {
  /** Int32: see `control.ts`. */
  readonly control: SharedArrayBuffer;
  /** The number of this task in its call, which marks the slices that it has taken. */
  readonly task: number;
  /** Those that a worker may not know from its start. */
  readonly memories: Memories;
  readonly parts: readonly Part[];
  /** Three numbers a slice: which part, its first row (or bag), and one past its last. */
  readonly slices: Int32Array;
  /** This task's own. */
  readonly scratch: readonly ScratchPlace[];
}
