/**
 * Every error that Rowan throws on purpose. A message says what must hold, what was received, and what to do about it;
 * `code` is stable and meant for programs, the text is meant for people.
 */

import { countOf } from "./count-of.ts";

/** The stable codes of Rowan's errors, one for each class of fault. */
export type RowanErrorCode =
  | "INVALID_ARGUMENT"
  | "SHAPE_MISMATCH"
  | "INDEX_OUT_OF_RANGE"
  | "DTYPE"
  | "UNKNOWN_NAME"
  | "NOT_COMPILED"
  | "NOT_BUILT"
  | "UNSUPPORTED"
  | "BACKEND_UNAVAILABLE"
  | "OUT_OF_MEMORY"
  | "DISPOSED"
  | "BUSY"
  | "FORMAT"
  | "FILE_ACCESS"
  | "TIMEOUT"
  | "QUEUE_FULL"
  | "WORKER"
  | "PARTIAL_STEP"
  | "INTERNAL";

/** The base class: `instanceof RowanError` catches everything that Rowan throws on purpose. */
export class RowanError extends Error {
  /** What kind of fault this is; stable between releases. */
  readonly code: RowanErrorCode;

  constructor(code: RowanErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** An argument that is not of the allowed values. */
export class InvalidArgumentError extends RowanError {
  constructor(message: string, options?: { cause?: unknown }) {
    super("INVALID_ARGUMENT", message, options);
  }
}

/** Values whose shape does not fit where they are going. */
export class ShapeMismatchError extends RowanError {
  constructor(message: string) {
    super("SHAPE_MISMATCH", message);
  }
}

/** An id outside of a table, or an index outside of an array. */
export class IndexOutOfRangeError extends RowanError {
  constructor(message: string) {
    super("INDEX_OUT_OF_RANGE", message);
  }
}

/** Values of a dtype that the operation does not take. */
export class DTypeError extends RowanError {
  constructor(message: string) {
    super("DTYPE", message);
  }
}

/** A name (of a layer, loss, metric, optimizer, ...) that does not exist. */
export class UnknownNameError extends RowanError {
  constructor(message: string) {
    super("UNKNOWN_NAME", message);
  }
}

/** A model that must be compiled before this call. */
export class NotCompiledError extends RowanError {
  constructor(message: string) {
    super("NOT_COMPILED", message);
  }
}

/** A layer or model whose weights do not exist yet. */
export class NotBuiltError extends RowanError {
  constructor(message: string) {
    super("NOT_BUILT", message);
  }
}

/** Something that this backend, or this combination of options, cannot do. */
export class UnsupportedOpError extends RowanError {
  constructor(message: string, options?: { cause?: unknown }) {
    super("UNSUPPORTED", message, options);
  }
}

/** Why a backend cannot run here, in two sentences for tables and reports; the message is both of them. */
export interface Unavailable {
  /** What is missing: `"This runtime has no WebGPU: navigator.gpu is not there."` */
  readonly reason: string;
  /** What would change it: `"Install the package webgpu beside @rowan/backend-webgpu."` */
  readonly remedy: string;
}

/** No backend is set, or the one that was asked for cannot run here. */
export class BackendUnavailableError extends RowanError {
  /** What is missing. */
  readonly reason: string;
  /** What would change it; empty where the message alone says it. */
  readonly remedy: string;

  constructor(message: string | Unavailable, options?: { cause?: unknown }) {
    const { reason, remedy } = typeof message === "string" ? { reason: message, remedy: "" } : message;
    super("BACKEND_UNAVAILABLE", remedy === "" ? reason : `${reason} ${remedy}`, options);
    this.reason = reason;
    this.remedy = remedy;
  }
}

/** More memory than the runtime, the backend or the machine can give. */
export class OutOfMemoryError extends RowanError {
  constructor(message: string, options?: { cause?: unknown }) {
    super("OUT_OF_MEMORY", message, options);
  }
}

/** Use of a tensor, table or model after `dispose()`. */
export class DisposedError extends RowanError {
  constructor(message: string) {
    super("DISPOSED", message);
  }
}

/** A call that cannot run while another one is at work on the same model. */
export class BusyError extends RowanError {
  constructor(message: string) {
    super("BUSY", message);
  }
}

/** A file that is cut off, damaged, or not of the format that it was read as. The message names the place. */
export class FormatError extends RowanError {
  constructor(message: string, options?: { cause?: unknown }) {
    super("FORMAT", message, options);
  }
}

/** A checkpoint that is cut off, damaged, made to deceive, or of a version that is not known. */
export class CheckpointFormatError extends FormatError {}

/** A file, a stream or a server that cannot be read or written; `cause` is what the system said. */
export class FileAccessError extends RowanError {
  constructor(message: string, options?: { cause?: unknown }) {
    super("FILE_ACCESS", message, options);
  }
}

/** A call that took longer than its limit. */
export class TimeoutError extends RowanError {
  constructor(message: string, options?: { cause?: unknown }) {
    super("TIMEOUT", message, options);
  }
}

/** A call that was refused because too many others are waiting. */
export class QueueFullError extends RowanError {
  constructor(message: string) {
    super("QUEUE_FULL", message);
  }
}

/** A worker thread that threw, ended, was killed or ran out of memory; `cause` is what it reported. */
export class WorkerError extends RowanError {
  constructor(message: string, options?: { cause?: unknown }) {
    super("WORKER", message, options);
  }
}

/** A training step that failed between two variables: some are updated and others not. `cause` is what failed. */
export class PartialStepError extends RowanError {
  /** The paths of the variables that the step has updated. */
  readonly updated: readonly string[];

  /**
   * @param failed - The path of the variable whose update failed.
   * @param updated - Those of the variables that were updated before.
   * @param cause - What was thrown.
   */
  constructor(failed: string, updated: readonly string[], cause: unknown) {
    const why = cause instanceof Error ? cause.message : describeValue(cause);
    super(
      "PARTIAL_STEP",
      `A step must update all of its variables. Received: a failure at "${failed}", after ${updated.map((path) => `"${path}"`).join(", ")} ${updated.length === 1 ? "was" : "were"} updated (${why}). Restore the model from a checkpoint: what it is now is half a step.`,
      { cause },
    );
    this.updated = updated;
  }
}

/** A fault of Rowan's own. Please report it. */
export class InternalError extends RowanError {
  constructor(message: string) {
    super("INTERNAL", `internal: ${message}`);
  }
}

/**
 * How a received value is shown in a message: short, on one line, with its type where the value alone would not tell it.
 *
 * @param value - Anything that a caller passed.
 * @returns At most about 80 characters.
 */
export function describeValue(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  if (value === null || value === undefined) return String(value);
  if (typeof value === "bigint") return `${value}n`;
  if (Object.is(value, -0)) return "-0";
  if (typeof value === "number" || typeof value === "boolean" || typeof value === "symbol") return String(value);
  if (typeof value === "function") return value.name ? `function ${value.name}` : "a function";
  if (Array.isArray(value)) return describeArray(value);
  if (ArrayBuffer.isView(value)) return `${value.constructor.name}(${"length" in value ? String(value.length) : value.byteLength})`;
  // Object.create(null) has no constructor.
  const name = (value as { readonly constructor?: { readonly name: string } }).constructor?.name;
  if (!name || name === "Object") return "an object";
  const { shape } = value as { readonly shape?: unknown };
  return `${/^(?:[AEIO]|ND)/.test(name) ? "an" : "a"} ${name}${Array.isArray(shape) ? ` of shape [${shape.join(", ")}]` : ""}`;
}

function describeArray(values: readonly unknown[]): string {
  // Nested arrays grow with every level: what would not fit on a line is only counted.
  const text = values.length > 6 ? "" : `[${values.map(describeValue).join(", ")}]`;
  return text === "" || text.length > 80 ? `an array of ${countOf(values.length, "element")}` : text;
}
