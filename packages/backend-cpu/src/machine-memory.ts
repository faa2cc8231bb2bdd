/** What this needs of `process`, where a runtime has such a thing. */
interface ProcessApi {
  constrainedMemory?(): number | undefined;
  getBuiltinModule?(name: string): { totalmem?(): number } | undefined;
}

/**
 * How much memory the machine has, or what the process may have of it.
 *
 * @returns Bytes; undefined where the runtime does not tell, as in a browser.
 */
export function machineBytes(): number | undefined {
  const { process } = globalThis as { process?: ProcessApi };
  const known = [ask(() => process?.getBuiltinModule?.("node:os")?.totalmem?.()), ask(() => process?.constrainedMemory?.())];
  // Where a process is not constrained, some runtimes say 0, and some the largest number there is: never less than the machine has.
  const bytes = Math.min(...known.filter((one): one is number => one !== undefined && one > 0));
  return Number.isFinite(bytes) ? bytes : undefined;
}

/** An answer of the runtime; none where it may not tell, as in Deno without the permission for it. */
function ask(question: () => number | undefined): number | undefined {
  try {
    return question();
  } catch {
    return undefined;
  }
}
