import { expect } from "vitest";
import type { Case, SuiteContext } from "./case.ts";

/**
 * Runs a case and counts what it left behind.
 *
 * @param item - The case.
 * @param context - The backends.
 * @returns When the case has passed; rejects when it fails or leaks.
 */
export async function runCase(item: Case, context: SuiteContext): Promise<void> {
  const before = context.backend.memory();
  await item.run(context);
  expect(context.backend.memory(), "live buffers and bytes after the test").toEqual(before);
}

/**
 * Runs a case that is known to fail.
 *
 * @param item - The case.
 * @param context - The backends.
 * @returns When the case has failed; rejects when it passes.
 */
export async function expectFailure(item: Case, context: SuiteContext): Promise<void> {
  const passes = await runCase(item, context).then(
    () => true,
    () => false,
  );
  if (passes) expect.fail("A skipped test must fail, and this one passes now. Take it off the list of skips.");
}
