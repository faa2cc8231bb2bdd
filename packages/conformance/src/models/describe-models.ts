import type { BackendFactory } from "@rowan/api";
import { describeGroups } from "../suite/describe-groups.ts";
import type { SuiteOptions } from "../suite/describe-groups.ts";
import { concurrency } from "./concurrency.ts";
import { customLoop } from "./custom-loop.ts";
import { failures } from "./failures.ts";
import { memoryGroup } from "./memory.ts";
import { placement } from "./placement.ts";
import { sharing } from "./sharing.ts";
import { tutorial } from "./tutorial.ts";

/** Options of `describeModels`. */
export interface ModelsOptions extends SuiteOptions {
  /** Also 10,000 predicts; for backends on which a small predict takes microseconds. */
  readonly long?: boolean;
}

/**
 * Registers what users do with models and tables as tests of a backend, in vitest: the tutorial, training loops, many calls at once,
 * failures in the middle of a step, shared tables, frozen layers and tables on a backend of their own. Every case frees all memory that it takes.
 *
 * @param name - How the report calls the backend.
 * @param factory - Makes a backend; called once.
 * @param options - `skip`: cases that are known to fail, with reasons; `long`.
 * @example
 * ```ts
 * describeModels("cpu", createCpuBackend);
 * ```
 */
export function describeModels(name: string, factory: BackendFactory, options: ModelsOptions = {}): void {
  const memory = memoryGroup({ long: options.long ?? false });
  describeGroups(`${name}: models`, factory, [tutorial, memory, concurrency, failures, customLoop, sharing, placement], options);
}
