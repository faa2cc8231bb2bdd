import { describe, expect, it } from "vitest";
import { compareReports } from "./compare.mjs";

/** @typedef {import("./compare.mjs").SmokeCheck} SmokeCheck */

/**
 * @param {SmokeCheck[]} checks
 * @returns {import("./compare.mjs").SmokeReport}
 */
const report = (...checks) => ({ device: "test", checks });
const reference = report({ name: "a", same: "bits", close: [1, "NaN", 0] }, { name: "b", same: "more" });

describe("compareReports", () => {
  it("finds nothing where both agree within the tolerance", () => {
    expect(
      compareReports(reference, report({ name: "a", same: "bits", close: [1 + 1e-6, "NaN", -1e-7] }, { name: "b", same: "more" })),
    ).toEqual([]);
  });

  it.each([
    ["other bits", { name: "a", same: "bits!", close: [1, "NaN", 0] }],
    ["a number that is off", { name: "a", same: "bits", close: [1.00001, "NaN", 0] }],
    ["a number in place of NaN", { name: "a", same: "bits", close: [1, 0, 0] }],
    ["NaN in place of a number", { name: "a", same: "bits", close: ["NaN", "NaN", 0] }],
    ["fewer numbers", { name: "a", same: "bits", close: [1, "NaN"] }],
    ["an error", { name: "a", error: "Error: no" }],
  ])("finds %s", (_what, check) => {
    expect(compareReports(reference, report(check, { name: "b", same: "more" }))).toHaveLength(1);
  });

  it("finds a check that did not run", () => {
    expect(compareReports(reference, report({ name: "b", same: "more" }))).toEqual(["other checks ran: b"]);
  });

  it("finds a fault of the reference itself", () => {
    const broken = report({ name: "a", error: "Error: no" });
    expect(compareReports(broken, broken)).toEqual(["a: Error: no"]);
  });
});
