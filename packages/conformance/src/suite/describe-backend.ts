import type { BackendFactory } from "@rowan/api";
import { afterAll, describe, expect, test } from "vitest";
import { createNaiveBackend } from "../naive/create-naive-backend.ts";
import type { Case, SuiteContext } from "./case.ts";
import { groups } from "./groups.ts";
import { expectFailure, runCase } from "./run-case.ts";

/** A case that a backend is known to fail. */
export interface Skip {
  /** The case, as the report names it: `"gather > rows of 7 float32"`. */
  readonly test: string;
  /** Why, for people. */
  readonly reason: string;
}

/**
 * Registers the tests that every backend must pass, in vitest.
 *
 * A case on the list of skips is run all the same and must fail: when it passes, or when no case has that name, the run fails,
 * so that the list never says more than the truth.
 *
 * @param name - How the report calls the backend.
 * @param factory - Makes a backend; called for the suite and for single cases.
 * @param options - `skip`: cases that are known to fail, with reasons.
 * @example
 * ```ts
 * describeBackend("cpu", createCpuBackend, { skip: [{ test: "unary > erf of every length", reason: "needs a table" }] });
 * ```
 */
export function describeBackend(name: string, factory: BackendFactory, options: { readonly skip?: readonly Skip[] } = {}): void {
  describe(name, async () => {
    const context: SuiteContext = { backend: await factory(), naive: await createNaiveBackend(), factory };
    const skips = new Map((options.skip ?? []).map((skip) => [skip.test, skip.reason]));
    const unmatched = new Set(skips.keys());
    for (const group of groups) {
      describe(group.name, () => {
        for (const item of group.cases(context.backend.capabilities)) {
          const fullName = `${group.name} > ${item.name}`;
          unmatched.delete(fullName);
          registerCase(item, context, skips.get(fullName));
        }
      });
    }
    test("every skipped case exists", () => expect([...unmatched]).toEqual([]));
    afterAll(() => {
      context.backend.dispose();
      context.naive.dispose();
    });
  });
}

function registerCase(item: Case, context: SuiteContext, reason: string | undefined): void {
  if (reason === undefined) test(item.name, () => runCase(item, context));
  else test(`${item.name} (known to fail: ${reason})`, () => expectFailure(item, context));
}
