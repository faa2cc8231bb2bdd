import { OutOfMemoryError, countOf } from "@rowan/api";

/**
 * The error of an allocation that does not fit.
 *
 * @param bytes - What was asked for.
 * @param used - What is in use.
 * @param limit - What there may be.
 * @param cause - The runtime's own error, where there is one.
 * @returns The error, to be thrown.
 */
export function outOfMemory(bytes: number, used: number, limit: number, cause?: unknown): OutOfMemoryError {
  const text = `The memory of the CPU backend must hold all tables, weights and results together. Received: an allocation of bytes=${bytes}, with ${countOf(used, "byte")} in use and a limit of ${countOf(limit, "byte")}. Dispose tables and tensors that are no longer needed, use fewer or shorter rows, or raise \`maximumBytes\`, which is the memory of the machine when left out.`;
  return new OutOfMemoryError(text, { cause });
}
