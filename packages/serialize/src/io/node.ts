/** The one way to Node's modules, which Deno and Bun have too: nothing is imported, so that browsers and bundlers find nothing missing. */
import type * as Fs from "node:fs";
import type * as Os from "node:os";
import type * as Path from "node:path";
import type * as Url from "node:url";
import type * as Zlib from "node:zlib";

interface Modules {
  readonly "node:fs": typeof Fs;
  readonly "node:os": typeof Os;
  readonly "node:path": typeof Path;
  readonly "node:url": typeof Url;
  readonly "node:zlib": typeof Zlib;
}

/**
 * A module of Node's, where the runtime has it.
 *
 * @param name - With `node:` before it.
 * @returns The module, or undefined in a browser.
 */
export function nodeModule<Name extends keyof Modules>(name: Name): Modules[Name] | undefined {
  const { process } = globalThis as { readonly process?: { getBuiltinModule?(name: string): unknown } };
  return process?.getBuiltinModule?.(name) as Modules[Name] | undefined;
}

/**
 * The rules of paths on this system.
 *
 * @returns `node:path`, which every runtime with files has.
 */
export function paths(): typeof Path {
  return nodeModule("node:path") as typeof Path;
}
