/**
 * The addon of `native/`: kernels over rows with what WebAssembly lacks, prefetch, longer vectors and stores that pass the caches
 * by; and huge pages. It is optional everywhere: whoever cannot have it gets the same bits from WASM.
 */
import { version } from "@rowan/api";
import { findPackageFile, nodeProcess } from "./package-files.ts";
import { reasonOf } from "./reason-of.ts";

/** What the addon exports. Every kernel takes the start and the bytes of a memory, then what its twin in WASM takes. */
export interface NativeAddon {
  /** The longest vectors that this processor has: 32 or 64. */
  readonly vectorBytes: number;
  /** Where bytes lie in the process, or 0. */
  addressOf(bytes: Uint8Array): number;
  /** Whether all ids are from 0 to `rows - 1`. */
  idsBelow(ids: Int32Array, rows: number): boolean;
  /** As of `Backend.takeBehind`; -1, and nothing written, where an id is no row or a list is too short. */
  takeBehind(last: Int32Array, ids: Int32Array, now: number, next: number, rows: Int32Array, before: Int32Array): number;
  /** As of `Backend.planRows`, with room for the results and four times as much to sort in; how many are unique, -1 where a list is too short. */
  planRows(ids: Int32Array, rows: number, unique: Int32Array, offsets: Int32Array, positions: Int32Array, room: Int32Array): number;
  /** Asks the system for pages of 2 MiB; false where it has none. */
  adviseHugePages(start: number, bytes: number): boolean;
  /** These are false, and have written nothing, where something lies outside of the memory. */
  gatherRows(start: number, bytes: number, ...args: number[]): boolean;
  /**
   * Beyond what their twins take: whether results are stored past the caches, where they may be large, and the longest vectors to take, in
   * bytes; of any length where that is left out.
   */
  sumBags(start: number, bytes: number, ...args: number[]): boolean;
  sumInt8Bags(start: number, bytes: number, ...args: number[]): boolean;
  adam(start: number, bytes: number, ...args: number[]): boolean;
  catchUpAdam(start: number, bytes: number, ...args: number[]): boolean;
  catchUpAdamGather(start: number, bytes: number, ...args: number[]): boolean;
}

/** The path of the addon for this machine, or why there is none. */
export type AddonPath = { readonly path: string; readonly lack?: never } | { readonly path?: never; readonly lack: string };

/** Systems that it is built for: see `tools/build-native.mjs`. */
const built = ["linux-x64"];

/**
 * Finds the addon.
 *
 * @returns Its path, which other threads can load too, or what is missing.
 */
export function findAddon(): AddonPath {
  const process = nodeProcess();
  if (!process) return { lack: "this runtime is not Node" };
  const system = `${process.platform}-${process.arch}`;
  if (!built.includes(system)) return { lack: `there are none for ${system}, only for ${built.join(", ")}` };
  const file = `prebuilds/${system}.node`;
  const path = findPackageFile(file);
  return path === undefined ? { lack: `the file ${file} of @rowan/backend-cpu ${version} is not there, or may not be read` } : { path };
}

/**
 * Loads the addon into this thread.
 *
 * @param path - What `findAddon` found.
 * @returns Its functions, or what is missing.
 */
export function loadAddon(path: string): NativeAddon | { readonly lack: string } {
  const module = { exports: {} };
  try {
    nodeProcess()?.dlopen(module, path);
  } catch (error) {
    return { lack: `the addon does not load: ${reasonOf(error)}` };
  }
  return "gatherRows" in module.exports ? (module.exports as NativeAddon) : { lack: "this processor has no AVX2" };
}

/** The addon, loaded, and the path by which other threads load it too; or what is missing. */
export type OpenedAddon =
  { readonly addon: NativeAddon; readonly path: string; readonly lack?: never } | { readonly addon?: never; readonly lack: string };

/**
 * Finds the addon for this machine and loads it.
 *
 * @returns The addon, or what is missing.
 */
export function openAddon(): OpenedAddon {
  const { path, lack } = findAddon();
  if (path === undefined) return { lack };
  const addon = loadAddon(path);
  return "lack" in addon ? addon : { addon, path };
}
