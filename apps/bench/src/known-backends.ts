import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { BackendUnavailableError, registerBackend } from "@rowan/api";
import type { Backend, BackendFactory } from "@rowan/api";
import { createCpuBackend } from "@rowan/backend-cpu";
import { createTfjsBackend } from "@rowan/backend-tfjs";
import type { TfjsEngine } from "@rowan/backend-tfjs";
import { createWebGpuBackend, examineWebGpu } from "@rowan/backend-webgpu";
import type { WebGpuBackendOptions } from "@rowan/backend-webgpu";
import { findPackage } from "./bench/peers/find-tfjs.ts";
import { findUp } from "./bench/peers/find-up.ts";

/** The backends of this repository, by the names under which the program registers them. */
export interface KnownBackend {
  readonly name: string;
  readonly factory: BackendFactory;
}

/** The backends that this program knows; none is made, and no engine is loaded. */
export const knownBackends: readonly KnownBackend[] = [
  { name: "cpu", factory: () => createCpuBackend() },
  { name: "plain", factory: () => createCpuBackend({ kernels: "plain" }) },
  { name: "tfjs", factory: tfjsFactory("auto") },
  { name: "webgpu", factory: webGpuFactory() },
];

/**
 * Makes backends over TensorFlow.js. Its native engine is taken from engines/tfjs-node where it was built there.
 *
 * @param engine - Which one.
 */
export function tfjsFactory(engine: TfjsEngine | "auto"): BackendFactory {
  return Object.assign(
    async (): Promise<Backend> => {
      const manifest = findUp("engines", "tfjs-node", "package.json");
      if (manifest !== undefined && isBuilt(dirname(manifest))) process.env["ROWAN_TFJS_NODE"] ??= dirname(manifest);
      return createTfjsBackend({ engine });
    },
    { outlook: createTfjsBackend.outlook },
  );
}

function isBuilt(folder: string): boolean {
  return existsSync(join(folder, "node_modules/@tensorflow/tfjs-node/lib/napi-v8/tfjs_binding.node"));
}

/** Dawn is not among the packages of the workspaces: it is loaded from engines/webgpu, or from where the program was started. */
function webGpuFactory(): BackendFactory {
  const options = async (): Promise<Pick<WebGpuBackendOptions, "dawn">> => {
    const entry = findPackage("webgpu", "webgpu");
    return entry === undefined ? {} : { dawn: await loadDawn(entry) };
  };
  const { outlook } = createWebGpuBackend;
  return Object.assign(async () => createWebGpuBackend(await options()), {
    outlook: { ...outlook, examine: async () => examineWebGpu(await options()) },
  });
}

async function loadDawn(entry: string): Promise<NonNullable<WebGpuBackendOptions["dawn"]>> {
  try {
    return (await import(pathToFileURL(entry).href)) as NonNullable<WebGpuBackendOptions["dawn"]>;
  } catch (cause) {
    const [line = ""] = (cause instanceof Error ? cause.message : String(cause)).split("\n");
    const reason = `The package webgpu is there and cannot be loaded: ${line}.`;
    const remedy = "Install it anew. In a clone of Rowan: npm run setup:engines -- webgpu. Elsewhere: npm install webgpu.";
    throw new BackendUnavailableError({ reason, remedy }, { cause });
  }
}

const registered = new Set<string>();

/**
 * Registers backends; each name once in a process.
 *
 * @param backends - Which.
 */
export function registerOnce(backends: readonly KnownBackend[]): void {
  for (const { name, factory } of backends) {
    if (registered.has(name)) continue;
    registerBackend(name, factory);
    registered.add(name);
  }
}
