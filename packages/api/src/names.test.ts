import { describe, expect, it } from "vitest";
import { UnknownNameError } from "./errors.ts";
import { editDistance, lookupName, nearestName, normalizeName } from "./names.ts";

describe("normalizeName", () => {
  it.each(["glorotUniform", "GlorotUniform", "glorot_uniform", "glorot-uniform", "GLOROT_UNIFORM"])("reads %s", (name) => {
    expect(normalizeName(name)).toBe("glorotuniform");
  });
});

describe("editDistance", () => {
  it.each([
    ["", "", 0],
    ["", "abc", 3],
    ["adam", "adam", 0],
    ["adma", "adam", 1],
    ["kitten", "sitting", 3],
    ["relu", "elu", 1],
  ])("of %j and %j is %d", (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
    expect(editDistance(b, a)).toBe(distance);
  });
});

describe("nearestName", () => {
  it("finds a slip and leaves strangers alone", () => {
    expect(nearestName("adm", ["sgd", "adam", "adamW"])).toBe("adam");
    expect(nearestName("glorot_unifrom", ["glorotNormal", "glorotUniform"])).toBe("glorotUniform");
    expect(nearestName("quantum", ["sgd", "adam"])).toBeUndefined();
    expect(nearestName("x", [])).toBeUndefined();
  });
});

describe("lookupName", () => {
  const table = { meanSquaredError: 1, binaryCrossentropy: 2, mse: 1 };

  it("finds a name in any case style, in a record and in a map", () => {
    expect(lookupName("loss", "mean_squared_error", table)).toBe(1);
    expect(lookupName("loss", "BinaryCrossentropy", new Map(Object.entries(table)))).toBe(2);
  });

  it("does not find what a record inherits", () => {
    expect(() => lookupName("loss", "toString", table)).toThrow(UnknownNameError);
  });

  it("lists what exists, each thing once, and the nearest name", () => {
    expect(() => lookupName("loss", "msee", table)).toThrow(
      new UnknownNameError('`loss` must be one of meanSquaredError, binaryCrossentropy. Received: loss="msee". Did you mean "mse"?'),
    );
    expect(() => lookupName("loss", "quantum", table)).toThrow("Use one of these names.");
  });
});
