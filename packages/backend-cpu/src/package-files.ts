/** Files that lie in this package beside its bundles, for runtimes that are Node: others have the same in their bundles, or do without. */
import { version } from "@rowan/api";

/** What this needs of Node's modules and of `import.meta`, which the language's own library does not describe. */
interface NodeUrl {
  readonly URL: new (path: string, base: string) => { readonly href: string };
  readonly fileURLToPath: (url: string) => string;
}
interface NodeFiles {
  readonly existsSync: (path: string) => boolean;
  readonly readFileSync: ((path: string, encoding: "utf8") => string) & ((path: string) => Uint8Array);
}
interface Module {
  readonly url: string;
  readonly resolve?: (name: string) => string;
}
interface NodeProcess {
  readonly platform: string;
  readonly arch: string;
  readonly versions?: Readonly<Record<string, string | undefined>>;
  getBuiltinModule?(name: "node:fs"): NodeFiles | undefined;
  getBuiltinModule?(name: "node:url"): NodeUrl | undefined;
  dlopen(module: { exports: object }, path: string): void;
}

/**
 * Node's `process`.
 *
 * @returns It; undefined in every other runtime, also in those that have a `process` like it.
 */
export function nodeProcess(): NodeProcess | undefined {
  const { process, Deno } = globalThis as { process?: NodeProcess; Deno?: unknown };
  // Deno asks the user before it loads an addon or reads a file, and Bun's memory of WASM is not V8's.
  const isNode = Deno === undefined && process?.versions?.["node"] !== undefined && process.versions["bun"] === undefined;
  return isNode && filesOf(process) && process.getBuiltinModule?.("node:url") ? process : undefined;
}

/** Where the package was found, and with what. */
let found: { readonly files: NodeFiles; readonly root: string } | undefined;

/**
 * Finds a file of this package.
 *
 * @param file - Its path in the package.
 * @returns Its path in the system; undefined where it is not there, this process may not see it, or this is not Node.
 */
export function findPackageFile(file: string): string | undefined {
  const root = findRoot();
  if (root === undefined) return undefined;
  return tryFile(() => (filesOf(nodeProcess())?.existsSync(root + file) === true ? root + file : undefined));
}

/**
 * Reads a file of this package.
 *
 * @param file - Its path in the package.
 * @returns Its bytes; undefined where it is not there, this process may not read it, or this is not Node.
 */
export function readPackageFile(file: string): Uint8Array | undefined {
  const path = findPackageFile(file);
  return path === undefined ? undefined : tryFile(() => filesOf(nodeProcess())?.readFileSync(path));
}

/** The folder of the package, with a separator at its end. */
function findRoot(): string | undefined {
  const process = nodeProcess();
  const files = filesOf(process);
  const urls = process?.getBuiltinModule?.("node:url");
  if (!files || !urls) return undefined;
  if (found?.files === files) return found.root;
  // Taken apart at once: bundlers know what to put in the place of each, and not in that of the whole.
  const { url, resolve } = import.meta as Module;
  // Around this file, or, where a bundler took this file elsewhere, where the package is installed.
  const places = [(): string => new urls.URL("..", url).href, (): string | undefined => resolve?.("@rowan/backend-cpu/package.json")];
  for (const place of places) {
    // The address may be no file's, and the package not installed.
    const root = tryFile(() => {
      const address = place();
      const folder = address && urls.fileURLToPath(new urls.URL("./", address).href);
      return folder && isThisPackage(files.readFileSync(`${folder}package.json`, "utf8")) ? folder : undefined;
    });
    if (root === undefined) continue;
    found = { files, root };
    return root;
  }
  return undefined;
}

/** Whoever asks can do without the file: one that Node's permissions or the system's keep from this process is none. */
function tryFile<T>(access: () => T | undefined): T | undefined {
  try {
    return access();
  } catch {
    return undefined;
  }
}

function filesOf(process: NodeProcess | undefined): NodeFiles | undefined {
  return process?.getBuiltinModule?.("node:fs");
}

/** Files of another version may hold something else, and a bundle stays when what is installed beside it changes. */
function isThisPackage(manifest: string): boolean {
  const { name, version: its } = JSON.parse(manifest) as { readonly name?: unknown; readonly version?: unknown };
  return name === "@rowan/backend-cpu" && its === version;
}
