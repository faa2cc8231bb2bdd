import { clearSession, setBackend, setWarningHandler } from "@rowan/api";
import type { Backend, BackendFactory } from "@rowan/api";
import { afterAll, describe, expect, test } from "vitest";
import type { Skip } from "./describe-backend.ts";

/** Something that the api does on a backend. Afterwards as many buffers are alive as before. */
export interface ApiCase {
  readonly name: string;
  readonly run: (backend: Backend) => void | Promise<void>;
}

/** Cases of one kind. */
export interface ApiGroup {
  readonly name: string;
  readonly cases: () => readonly ApiCase[] | Promise<readonly ApiCase[]>;
}

/** Options of the suites that run the api on a backend. */
export interface SuiteOptions {
  /** Cases that are known to fail: they are run all the same and must fail. */
  readonly skip?: readonly Skip[];
}

/**
 * Registers groups of cases as tests of one backend, in vitest.
 *
 * @param title - How the report calls them.
 * @param factory - Makes the backend; called once.
 * @param groups - The cases.
 * @param options - `skip`.
 */
export function describeGroups(title: string, factory: BackendFactory, groups: readonly ApiGroup[], options: SuiteOptions): void {
  describe(title, async () => {
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

function registerCase(item: ApiCase, backend: Backend, reason: string | undefined): void {
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
