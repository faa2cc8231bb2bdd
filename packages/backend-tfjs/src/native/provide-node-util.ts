import type * as NodeModule from "node:module";

/** What tfjs-node 4.22 calls of Node's `util`, as it was documented before Node 23 took it away. */
const removed = {
  isNullOrUndefined: (value: unknown): boolean => value === null || value === undefined,
  isArray: (value: unknown): boolean => Array.isArray(value),
} as const;

/**
 * Puts back the functions of Node's `util` that the JavaScript of @tensorflow/tfjs-node 4.22 calls and that Node 23 and newer do not
 * have: without them every `reshape` there fails with "isNullOrUndefined is not a function". For programs that use tfjs-node
 * themselves; Rowan's engine `"node"` does without that JavaScript, and needs no call. No file is changed, and what is there stays.
 *
 * @returns The names of the functions that were missing; none before Node 23, and none outside of Node.
 * @example
 * import * as tf from "@tensorflow/tfjs-node";
 * provideNodeUtil(); // before the first operation
 */
export function provideNodeUtil(): string[] {
  const scope = globalThis as { process?: Partial<NodeJS.Process> };
  const modules = scope.process?.getBuiltinModule?.("node:module") as typeof NodeModule | undefined;
  if (!modules) return [];
  // The object that `require` gives is the one that tfjs-node calls; the namespace of `import` is sealed.
  const util = modules.createRequire(import.meta.url)("node:util") as Record<string, unknown>;
  const missing = Object.entries(removed).filter(([name]) => !(name in util));
  for (const [name, value] of missing) util[name] = value;
  return missing.map(([name]) => name);
}
