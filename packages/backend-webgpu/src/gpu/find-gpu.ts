import { BackendUnavailableError } from "@rowan/api";
import { presentGpu } from "./globals.ts";
import type { DawnModule } from "./globals.ts";

/** An entry point to GPUs, and the globals that belong to it. */
export interface FoundGpu {
  readonly gpu: GPU;
  /** Constants and classes that the runtime lacks. */
  readonly globals: object;
}

/** A name in a variable, so that bundlers for browsers do not look for a package that only Node has. */
const dawnPackage = "webgpu";

/**
 * Finds WebGPU: the module that was handed over, else the runtime's own, else npm's package `webgpu`.
 *
 * @param dawn - The package `webgpu`, where the caller has loaded it.
 * @returns The entry point.
 * @throws BackendUnavailableError where there is none, with what would change that.
 */
export async function findGpu(dawn: DawnModule | undefined): Promise<FoundGpu> {
  if (dawn) return start(dawn);
  const gpu = presentGpu();
  if (gpu) return { gpu, globals: {} };
  let module: DawnModule;
  try {
    module = (await import(/* @vite-ignore */ dawnPackage)) as DawnModule;
  } catch (cause) {
    throw new BackendUnavailableError(absenceOf(cause), { cause });
  }
  return start(module);
}

/** Why there is no WebGPU, and what helps where this runs. */
function absenceOf(cause: unknown): { readonly reason: string; readonly remedy: string } {
  const reason = "This runtime has no WebGPU: navigator.gpu is not there";
  const { process } = globalThis as { readonly process?: { readonly versions?: { readonly node?: string } } };
  if (process?.versions?.node === undefined) {
    return { reason: `${reason}.`, remedy: "Take a browser with WebGPU, and serve the page over https or from localhost." };
  }
  const [line = ""] = String(cause).split("\n");
  // Every runtime has words of its own for a package that it does not find, and its name in quotes; one that is broken has a path.
  return /["']webgpu["']/.test(line)
    ? {
        reason: `${reason}, and the package ${dawnPackage} is not installed.`,
        remedy: `Install it with npm install ${dawnPackage}, or pass it as the option \`dawn\`.`,
      }
    : {
        reason: `${reason}, and the package ${dawnPackage} cannot be loaded: ${line}.`,
        remedy: `Install it anew with npm install ${dawnPackage}, or pass it as the option \`dawn\`.`,
      };
}

/** Dawn ends when its entry point is collected, so each process keeps one. */
const started = new WeakMap<DawnModule, GPU>();

function start(dawn: DawnModule): FoundGpu {
  const gpu = started.get(dawn) ?? (dawn.create([]) as GPU);
  started.set(dawn, gpu);
  return { gpu, globals: dawn.globals };
}
