import { vi } from "vitest";
import type * as Rowan from "@rowan/api";
import type { Backend, BackendOutlook } from "@rowan/api";
import { Clock, MemoryCache, pretend } from "./pretend.ts";
import type { Pretence } from "./pretend.ts";

/** Little to call, much a value, */
export const near: Pretence = { cost: { callMs: 0.01, idNs: 10, valueNs: 1 } };

/** and the other way round. */
export const far: Pretence = { cost: { callMs: 1, idNs: 1, valueNs: 0.01 } };

/** A GPU that is none. */
export const swiftshader = { kind: "gpu", software: true, adapter: "google swiftshader" } as const;

/** Work for the near one, */
export const small = { inputDim: 1000, outputDim: 16, batch: 32 } as const;

/** and for the far one. */
export const large = { inputDim: 10_000, outputDim: 64, batch: 16_384 } as const;

/** Where selections are tested: a registry of its own, backends that pretend, and a clock that only they move. */
export class SelectionDesk {
  readonly clock: Clock = new Clock();
  readonly cache: MemoryCache = new MemoryCache();
  #rowan: typeof Rowan | undefined;

  /** With fresh modules, and without an order from outside, until the test ends. */
  static async open(): Promise<SelectionDesk> {
    const desk = new SelectionDesk();
    vi.stubGlobal("performance", desk.clock);
    vi.stubEnv("ROWAN_BACKEND", "");
    await desk.renew();
    return desk;
  }

  /** The modules of now. Their classes are others than those of before. */
  get rowan(): typeof Rowan {
    if (!this.#rowan) throw new TypeError("the desk was not opened");
    return this.#rowan;
  }

  /** Another process, as it were: nothing is registered, and nothing was selected. */
  async renew(): Promise<void> {
    vi.resetModules();
    this.#rowan = await import("@rowan/api");
  }

  /** Registers a backend that pretends. */
  register(
    name: string,
    pretence: Pretence,
    outlook?: BackendOutlook,
  ): { made: Backend[]; factory: ReturnType<typeof vi.fn>; dispose: ReturnType<typeof vi.fn> } {
    const made: Backend[] = [];
    const dispose = vi.fn<() => void>();
    const factory = vi.fn(async () => {
      const backend = pretend(this.clock, pretence, dispose);
      made.push(backend);
      return backend;
    });
    this.rowan.registerBackend(name, factory, outlook);
    return { made, factory, dispose };
  }

  /** Registers a backend that is not there. */
  registerMissing(name: string): void {
    const { BackendUnavailableError } = this.rowan;
    this.rowan.registerBackend(name, async () => {
      throw new BackendUnavailableError({ reason: "There is no GPU.", remedy: "Buy one." });
    });
  }

  /** The last selection. */
  selection(): Rowan.Selection {
    const last = this.rowan.lastSelection();
    if (!last) throw new TypeError("nothing was selected");
    return last;
  }

  /** What became of each backend in the last selection. */
  outcomes(): Record<string, string> {
    return Object.fromEntries(this.selection().candidates.map(({ name, outcome }) => [name, outcome]));
  }
}
