import { pathToFileURL } from "node:url";
import { registerBackend } from "@rowan/api";
import type { BackendFactory, BackendOutlook } from "@rowan/api";
import { createCpuBackend } from "@rowan/backend-cpu";
import { findPackage } from "./bench/peers/find-tfjs.ts";

/** The backends of this repository, by the names under which the program registers them. */
export interface KnownBackend {
  readonly name: string;
  readonly factory: BackendFactory;
}

/** Packages of backends that need more than this program brings, and what makes a backend in each. */
const packages = [
  { name: "tfjs", load: (): Promise<unknown> => import("@rowan/backend-tfjs"), factory: "createTfjsBackend" },
  { name: "webgpu", load: (): Promise<unknown> => import("@rowan/backend-webgpu"), factory: "createWebGpuBackend" },
] as const;

/**
 * Lists the backends that this program knows; none is made, and no engine is loaded.
 *
 * @returns WASM and plain kernels, and those whose package is built.
 */
export async function knownBackends(): Promise<KnownBackend[]> {
  const found: KnownBackend[] = [
    { name: "cpu", factory: () => createCpuBackend({ kernels: "wasm" }) },
    { name: "plain", factory: () => createCpuBackend({ kernels: "plain" }) },
  ];
  for (const { name, load, factory: key } of packages) {
    const loaded = (await load()) as Readonly<Record<string, unknown>>;
    const factory = loaded[key];
    if (typeof factory !== "function") continue;
    found.push({ name, factory: name === "webgpu" ? withDawn(loaded as unknown as GpuPackage) : (factory as BackendFactory) });
  }
  return found;
}

/** What this program calls of the package of WebGPU. */
interface GpuPackage {
  readonly createWebGpuBackend: (options: object) => ReturnType<BackendFactory>;
  readonly examineWebGpu: (options: object) => ReturnType<NonNullable<BackendOutlook["examine"]>>;
}

/** Dawn is not among the packages of the workspaces: it is loaded from engines/webgpu, or from where the program was started. */
function withDawn({ createWebGpuBackend, examineWebGpu }: GpuPackage): BackendFactory {
  const options = async (): Promise<object> => {
    const entry = findPackage("webgpu", "webgpu");
    return entry === undefined ? {} : { dawn: (await import(pathToFileURL(entry).href)) as unknown };
  };
  const { outlook } = createWebGpuBackend as BackendFactory;
  return Object.assign(async () => createWebGpuBackend(await options()), {
    outlook: { ...outlook, examine: async () => examineWebGpu(await options()) },
  });
}

const registered = new Set<string>();

/**
 * Registers the known backends, or some of them; once in a process.
 *
 * @param wanted - Their names; all when left out.
 */
export async function registerKnown(wanted?: readonly string[]): Promise<void> {
  for (const { name, factory } of await knownBackends()) {
    if (registered.has(name) || wanted?.includes(name) === false) continue;
    registerBackend(name, factory);
    registered.add(name);
  }
}
