import { WorkerError } from "@rowan/api";
import type { Engine, EngineOptions } from "./engine.ts";
import type { Platform } from "./prepare-pool.ts";
import { WebEngine } from "./web-engine.ts";
import type { WebWorker } from "./web-engine.ts";

declare const setTimeout: (fn: () => void, milliseconds: number) => unknown;
declare const clearTimeout: (timer: unknown) => void;
declare const Worker: new (url: string | URL, options: { type: "module" }) => WebWorker;
declare const navigator: { readonly hardwareConcurrency?: number };

/** Workers that do not come up in this time never will. */
const startMilliseconds = 30_000;

async function createWebEngine(options: EngineOptions): Promise<Engine> {
  const { workerUrl: address } = options;
  const engine = new WebEngine(options, () =>
    // Bundlers find the worker by these very words.
    address === undefined
      ? new Worker(new URL("./web-worker.js", import.meta.url), { type: "module" })
      : new Worker(address, { type: "module" }),
  );
  let timer: unknown;
  try {
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${startMilliseconds / 1000} s`)), startMilliseconds);
    });
    await Promise.race([engine.start(), late]);
    return engine;
  } catch (cause) {
    await engine.close();
    throw new WorkerError(
      `The workers of a pool must start. Received: ${cause instanceof Error ? cause.message : String(cause)} Where a bundler does not bring workers along, build "@rowan/runtime/web-worker" as a file of its own and pass its address as \`workerUrl\`.`,
      { cause },
    );
  } finally {
    clearTimeout(timer);
  }
}

/** Browsers: Web Workers. In a page that is not cross-origin isolated no table is shared, and the engine is never asked for. */
export const browserPlatform: Platform = {
  cores: () => (typeof navigator === "undefined" ? 1 : (navigator.hardwareConcurrency ?? 1)),
  engine: createWebEngine,
};
