import { CommanderError } from "commander";

/** What the program's exit status says. */
export const exitCodes = { ok: 0, unexpected: 1, usage: 2, badFile: 3, badIds: 4, disk: 5, interrupted: 130 } as const;

/** The exit statuses as `--help` shows them. */
export const exitCodeHelp: string = [
  "Exit status:",
  "  0 done            3 a file cannot be used as it is",
  "  1 unexpected      4 ids out of range",
  "  2 wrong usage     5 trouble with the disk     130 interrupted",
].join("\n");

/** Options that contradict each other, or cannot be. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** A file that is not what the command needs. */
export class FileError extends Error {
  override readonly name = "FileError";
}

/** The run was ended from outside, by Ctrl-C as a rule. */
export class InterruptedError extends Error {
  override readonly name = "InterruptedError";
  /** @param message - What is left of its work. */
  constructor(message = "interrupted; nothing was written") {
    super(message);
  }
}

/** A run that failed, but not for nothing. */
export class KeptError extends Error {
  override readonly name = "KeptError";
  /**
   * @param message - What is left of its work, and what to do with it.
   * @param cause - Why it failed.
   */
  constructor(message: string, cause: unknown) {
    super(message, { cause });
  }
}

/** Standard output took no more: the disk behind it is full, or nobody reads it any more. */
export class OutputError extends Error {
  override readonly name = "OutputError";
  /** @param cause - What the system said. */
  constructor(cause: Error) {
    const { code } = cause as NodeJS.ErrnoException;
    super(
      code === "EPIPE"
        ? "standard output was closed before everything was written."
        : `standard output ${systemFaults[code ?? ""] ?? `cannot be written: ${cause.message}`}.`,
      { cause },
    );
  }
}

/** The exit statuses of Rowan's own errors, by their codes. */
const rowanCodes: Readonly<Record<string, number>> = {
  FORMAT: exitCodes.badFile,
  INDEX_OUT_OF_RANGE: exitCodes.badIds,
  FILE_ACCESS: exitCodes.disk,
  INVALID_ARGUMENT: exitCodes.usage,
  UNKNOWN_NAME: exitCodes.usage,
  SHAPE_MISMATCH: exitCodes.unexpected,
  DTYPE: exitCodes.unexpected,
  NOT_COMPILED: exitCodes.unexpected,
  NOT_BUILT: exitCodes.unexpected,
  UNSUPPORTED: exitCodes.unexpected,
  BACKEND_UNAVAILABLE: exitCodes.unexpected,
  OUT_OF_MEMORY: exitCodes.unexpected,
  DISPOSED: exitCodes.unexpected,
  BUSY: exitCodes.unexpected,
  INTERNAL: exitCodes.unexpected,
};

/** What is said of the usual faults of files and disks, by the code that the system gives. */
const systemFaults: Readonly<Record<string, string>> = {
  ENOENT: "does not exist",
  EACCES: "cannot be opened: permission denied. Choose another place, or have this one opened to you",
  EPERM: "cannot be opened: permission denied. Choose another place, or have this one opened to you",
  EBUSY: "cannot be written: another run writes it, too. Wait for its end, or write elsewhere",
  EISDIR: "must be a file. Received: a folder",
  ENOTDIR: "is inside of something that is not a folder",
  ENOSPC: "cannot be written: the disk is full. Free some space, or write elsewhere",
  EDQUOT: "cannot be written: the quota is used up. Free some space, or write elsewhere",
  EFBIG: "cannot be written: no file may be as large here. Write elsewhere",
  EROFS: "cannot be written: the disk is read-only. Write elsewhere",
  EMFILE: "cannot be opened: too many files are open",
  EPIPE: "was closed by its reader before everything was written",
  EIO: "cannot be read or written: the disk reports an error",
};

/**
 * Says in one line what went wrong, and with which exit status the program ends.
 *
 * @param error - Whatever was thrown.
 * @returns The line, without the program's name, and the status.
 */
export function explain(error: unknown): { readonly message: string; readonly exitCode: number } {
  if (!(error instanceof Error)) return { message: String(error), exitCode: exitCodes.unexpected };
  const message = error.message.replace(/\s*\n\s*/g, " ");
  // Its own exit code is 0 for --help and --version, else 1.
  if (error instanceof CommanderError) {
    return { message: message.replace(/^error: /, ""), exitCode: error.exitCode === 0 ? exitCodes.ok : exitCodes.usage };
  }
  if (error instanceof InterruptedError) return { message, exitCode: exitCodes.interrupted };
  // So Node calls what a signal ended: streams and processes.
  if (error.name === "AbortError") return explain(new InterruptedError());
  if (error instanceof KeptError) {
    const { message: fault, exitCode } = explain(error.cause);
    return { message: `${fault} ${message}`, exitCode };
  }
  if (error instanceof UsageError) return { message, exitCode: exitCodes.usage };
  if (error instanceof OutputError) return { message, exitCode: exitCodes.disk };
  if (error instanceof FileError) return { message, exitCode: exitCodes.badFile };
  if (error instanceof Error && "code" in error && error.code === "FILE_ACCESS") {
    // What the system said is told in the program's own words.
    const { cause } = error;
    if (cause instanceof Error && "syscall" in cause && "code" in cause) return explain(cause);
  }
  const { code, path } = error as NodeJS.ErrnoException;
  // By their codes: their classes would bring the library with them, which `rowan --help` does not need.
  const known = code === undefined ? undefined : rowanCodes[code];
  if (known !== undefined) return { message, exitCode: known };
  if (code === undefined || !("syscall" in error)) return { message: `internal: ${message}`, exitCode: exitCodes.unexpected };
  const fault = systemFaults[code];
  return { message: fault === undefined ? message : `${path ?? "a file"} ${fault}.`, exitCode: exitCodes.disk };
}
