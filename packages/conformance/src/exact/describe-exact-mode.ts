import type { BackendFactory } from "@rowan/api";
import { describeGroups } from "../suite/describe-groups.ts";
import type { SuiteOptions } from "../suite/describe-groups.ts";
import { failures } from "./failures.ts";
import { gapGroup } from "./gaps.ts";
import { middle } from "./middle.ts";
import { options } from "./options.ts";
import { reading } from "./reading.ts";
import { rules } from "./rules.ts";
import { sharing } from "./sharing.ts";

/** Options of `describeExactMode`. */
export interface ExactModeOptions extends SuiteOptions {
  /** Also runs of 100,000 steps; for backends on which a small step takes microseconds. */
  readonly long?: boolean;
}

/**
 * Registers tests, in vitest, that updates of the touched rows give what dense updates of all rows give, on one backend. The reference
 * is dense mode in float64.
 *
 * @param name - How the report calls the backend.
 * @param factory - Makes the backend; called once.
 * @param suite - `skip`: cases that are known to fail, with reasons; `long`.
 * @example
 * ```ts
 * describeExactMode("cpu", createCpuBackend, { long: true });
 * ```
 */
export function describeExactMode(name: string, factory: BackendFactory, suite: ExactModeOptions = {}): void {
  const groups = [rules, options, middle, reading, sharing, gapGroup({ long: suite.long ?? false }), failures];
  describeGroups(`${name}: exact updates of touched rows`, factory, groups, suite);
}
