import { clearSession, setBackend, setWarningHandler } from "@rowan/api";
import type { Backend, BackendFactory } from "@rowan/api";
import { afterAll, describe, expect, test } from "vitest";
import type { Skip } from "../suite/describe-backend.ts";
import { activations } from "./activations.ts";
import { earlyStopping } from "./early-stopping.ts";
import { layers } from "./layers.ts";
import { losses } from "./losses.ts";
import { metrics } from "./metrics.ts";
import { models } from "./models.ts";
import { optimizersLong } from "./optimizers-long.ts";
import { optimizersStep } from "./optimizers-step.ts";
import { regularizersAndConstraints } from "./regularizers-constraints.ts";
import { schedules } from "./schedules.ts";
import type { GoldenCase, GoldenGroup } from "./golden-case.ts";

const groups: readonly GoldenGroup[] = [
  activations,
  losses,
  metrics,
  layers,
  regularizersAndConstraints,
  schedules,
  optimizersStep,
  optimizersLong,
  models,
  earlyStopping,
];

/**
 * Registers the golden numbers of Keras as tests of a backend, in vitest: activations, losses, metrics, layers, optimizers, whole
 * models. Each case must come within the tolerance that its fixture states, and free all memory that it takes.
 *
 * A case on the list of skips is run all the same and must fail: when it passes, or when no case has that name, the run fails.
 *
 * @param name - How the report calls the backend.
 * @param factory - Makes a backend; called once.
 * @param options - `skip`: cases that are known to fail, with reasons.
 * @example
 * ```ts
 * describeGolden("cpu", createCpuBackend);
 * ```
 */
export function describeGolden(name: string, factory: BackendFactory, options: { readonly skip?: readonly Skip[] } = {}): void {
  describe(`${name}: the numbers of Keras`, async () => {
    const backend = await factory();
    const skips = new Map((options.skip ?? []).map((skip) => [skip.test, skip.reason]));
    const unmatched = new Set(skips.keys());
    for (const group of groups) {
      const cases = await group.cases();
      describe(group.name, () => {
        for (const item of cases) {
          const fullName = `${group.name} > ${item.name}`;
          unmatched.delete(fullName);
          registerCase(item, backend, skips.get(fullName));
        }
      });
    }
    test("every skipped case exists", () => expect([...unmatched]).toEqual([]));
    afterAll(() => {
      setBackend(undefined);
      backend.dispose();
    });
  });
}

function registerCase(item: GoldenCase, backend: Backend, reason: string | undefined): void {
  const run = async (): Promise<void> => {
    setBackend(backend);
    clearSession();
    const before = backend.memory();
    // Some cases do what deserves a warning; that they do is not what is tested here.
    setWarningHandler(() => undefined);
    try {
      await item.run(backend);
    } finally {
      setWarningHandler(undefined);
    }
    expect(backend.memory(), "memory after the case").toEqual(before);
  };
  if (reason === undefined) test(item.name, run);
  else
    test(`${item.name} (known to fail: ${reason})`, () =>
      expect(run(), "a case that is known to fail passed: take it off the list").rejects.toThrow());
}
