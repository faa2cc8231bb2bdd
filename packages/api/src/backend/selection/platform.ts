/** What choosing hardware asks of the platform, where there is one that answers. Nothing here is imported, and nothing needs to be there. */
import type { SelectionCache } from "./selection-cache.ts";

interface FileSystem {
  readFile(path: string, encoding: "utf8"): Promise<string>;
  writeFile(path: string, text: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  mkdir(path: string, options: { recursive: true }): Promise<unknown>;
}

interface ProcessLike {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly platform?: string;
  readonly arch?: string;
  readonly pid?: number;
  readonly version?: string;
  getBuiltinModule?(name: string): unknown;
}

interface Platform {
  readonly process?: ProcessLike;
  readonly navigator?: { readonly userAgent?: string; readonly hardwareConcurrency?: number };
  readonly crossOriginIsolated?: boolean;
  readonly localStorage?: { getItem(key: string): string | null; setItem(key: string, value: string): void };
  readonly Deno?: { readonly permissions?: { querySync?(query: object): { readonly state: string } } };
}

const platform = globalThis as Platform;

/**
 * A variable of the environment.
 *
 * @param name - Its name.
 * @returns Its value; undefined where it is empty, not set, or not to be read.
 */
export function environmentVariable(name: string): string | undefined {
  const { process, Deno } = platform;
  // Deno would ask the user.
  if (Deno && Deno.permissions?.querySync?.({ name: "env", variable: name }).state !== "granted") return undefined;
  const value = process?.env?.[name]?.trim();
  return value === "" ? undefined : value;
}

/** This machine and runtime, as far as speed depends on them: what was measured elsewhere does not count here. */
export function describePlatform(): string {
  const { process, navigator, crossOriginIsolated } = platform;
  if (platform.Deno || process?.version === undefined) {
    return [navigator?.userAgent ?? "?", navigator?.hardwareConcurrency ?? 0, crossOriginIsolated === true ? "isolated" : ""].join("|");
  }
  const os = process.getBuiltinModule?.("node:os") as { cpus(): readonly { readonly model: string }[] } | undefined;
  const cpus = os?.cpus() ?? [];
  return [process.version, process.platform, process.arch, cpus[0]?.model ?? "?", cpus.length].join("|");
}

/**
 * Where this platform keeps what can be made again.
 *
 * @returns A file of the user's caches in Node and Bun, the storage of a web page; undefined elsewhere.
 */
export function platformCache(): SelectionCache | undefined {
  if (platform.process?.version !== undefined && !platform.Deno) return fileCache(platform.process);
  try {
    const storage = platform.localStorage;
    if (!storage) return undefined;
    const key = "rowan.selection";
    return {
      read: async () => storage.getItem(key) ?? undefined,
      write: async (text) => storage.setItem(key, text),
    };
  } catch {
    // A page may be refused its storage.
    return undefined;
  }
}

function fileCache(process: ProcessLike): SelectionCache | undefined {
  const fs = process.getBuiltinModule?.("node:fs/promises") as FileSystem | undefined;
  const folder = cacheFolder(process);
  if (!fs || folder === undefined) return undefined;
  const file = `${folder}/selection.json`;
  return {
    read: () => fs.readFile(file, "utf8"),
    write: async (text) => {
      await fs.mkdir(folder, { recursive: true });
      // Two programs may write at once: each file is whole.
      const temporary = `${file}.${process.pid ?? 0}`;
      await fs.writeFile(temporary, text);
      await fs.rename(temporary, file);
    },
  };
}

/** Of the user, by the habits of the system. `ROWAN_CACHE` names another; `off` is none. */
function cacheFolder({ env = {}, platform: system }: ProcessLike): string | undefined {
  const own = env["ROWAN_CACHE"];
  if (own !== undefined && own !== "") return own === "off" ? undefined : own;
  const home = env["HOME"] ?? env["USERPROFILE"];
  if (system === "win32") return env["LOCALAPPDATA"] === undefined ? undefined : `${env["LOCALAPPDATA"]}/rowan`;
  if (system === "darwin") return home === undefined ? undefined : `${home}/Library/Caches/rowan`;
  const caches = env["XDG_CACHE_HOME"] ?? (home === undefined ? undefined : `${home}/.cache`);
  return caches === undefined ? undefined : `${caches}/rowan`;
}
