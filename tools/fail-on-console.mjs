import { afterEach, beforeEach, expect, vi } from "vitest";

/** The ways to print that a test must not use by accident. One that expects output takes it with a spy of its own. */
const methods = /** @type {const} */ (["debug", "error", "info", "log", "warn"]);

/** @type {string[]} */
let printed = [];

beforeEach(() => {
  printed = [];
  for (const method of methods) {
    vi.spyOn(console, method).mockImplementation((/** @type {unknown[]} */ ...args) => {
      printed.push(`console.${method}: ${args.map(String).join(" ")}`);
    });
  }
});

afterEach(() => {
  expect(printed, "a test must not print; where output is expected, spy on the console in the test").toEqual([]);
});
