/**
 * What an error says, as a part of a sentence.
 *
 * @param error - Whatever was thrown.
 * @returns Its message, without a full stop.
 */
export function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\.$/, "");
}
