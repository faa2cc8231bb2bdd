import { extname } from "node:path";
import { UsageError } from "../failure.ts";
import type { TextStream } from "../terminal.ts";

/** Where vectors go, a batch at a time. */
export interface VectorSink {
  /** How many were written. */
  readonly rows: number;
  /**
   * Appends vectors.
   *
   * @param data - `[count, dim]`; it must stay as it is until the promise resolves.
   * @param labels - What each vector is of, where that is known.
   */
  write(data: Float32Array, labels?: readonly string[]): Promise<void>;
  /**
   * Brings what is written to the disk, and says from where a later run can go on; undefined where none can. Of a write that failed
   * nothing counts.
   */
  save(): Promise<SinkState | undefined>;
  /** Completes the file. */
  finish(): Promise<void>;
  /** Ends it without giving it its name; `keep`: what was saved stays. */
  abort(keep?: boolean): Promise<void>;
}

/** From where a file can be gone on with. */
export interface SinkState {
  readonly rows: number;
  readonly bytes: number;
  /** What a format must know beside; JSON. */
  readonly more?: unknown;
}

/** What is written, and to where. */
export interface SinkOptions {
  /** A file whose ending says the format, or `-` for standard output. */
  readonly path: string;
  /** Values in a vector. */
  readonly dim: number;
  /** The shape of the ids, where it is known: a `.npy` file gets it with `dim` behind it. Else it is `[rows]`. */
  readonly shape: readonly number[] | undefined;
  /** Whether each vector comes with what it is of. */
  readonly labelled: boolean;
  /** Where an earlier run came to. */
  readonly from: SinkState | undefined;
  readonly stdout: TextStream;
}

/** The endings of the files that can be written, and what they are. */
const formats = {
  ".npy": "npy",
  ".jsonl": "jsonl",
  ".ndjson": "jsonl",
  ".parquet": "parquet",
  ".arrow": "arrow",
  ".feather": "arrow",
} as const;

/** What vectors are written as. */
export type VectorFormat = (typeof formats)[keyof typeof formats] | "stdout";

/**
 * The format of an output.
 *
 * @param path - As in `SinkOptions`.
 * @throws UsageError for other endings.
 */
export function formatOf(path: string): VectorFormat {
  if (path === "-") return "stdout";
  // Devices and pipes have no ending: they get lines.
  if (path.startsWith("/dev/")) return "jsonl";
  const ending = extname(path).toLowerCase();
  if (Object.hasOwn(formats, ending)) return formats[ending as keyof typeof formats];
  throw new UsageError(`--out must end with .npy, .jsonl, .parquet or .arrow, or be -. Received: --out ${path}.`);
}

/**
 * Begins an output. The library of a format is loaded only where that format is written.
 *
 * @param options - What and where.
 * @throws UsageError for a format that is not known; the system's error where the file cannot be written.
 */
export async function openSink(options: SinkOptions): Promise<VectorSink> {
  switch (formatOf(options.path)) {
    case "npy":
      return (await import("./npy-sink.ts")).createNpySink(options);
    case "parquet":
      return (await import("./parquet-sink.ts")).createParquetSink(options);
    case "arrow":
      return (await import("./arrow-sink.ts")).createArrowSink(options);
    case "jsonl":
      return (await import("./jsonl-sink.ts")).createJsonlSink(options);
    default:
      return (await import("./jsonl-sink.ts")).createStdoutSink(options);
  }
}
