import { describe, expect, it } from "vitest";
import {
  BackendUnavailableError,
  DisposedError,
  IndexOutOfRangeError,
  InternalError,
  InvalidArgumentError,
  RowanError,
  describeValue,
} from "./errors.ts";
import { NDArray } from "./tensor/ndarray.ts";

class Whale {
  readonly size = 1;
}

describe("describeValue", () => {
  it.each<[string, unknown]>([
    ["undefined", undefined],
    ["null", null],
    ["true", true],
    ["1.5", 1.5],
    ["-0", -0],
    ["NaN", NaN],
    ["12n", 12n],
    ["Symbol(x)", Symbol("x")],
    ['"a \\"b\\""', 'a "b"'],
    [`"${"x".repeat(60)}…"`, "x".repeat(61)],
    ["function parseInt", parseInt],
    [
      "a function",
      (
        (): unknown => () =>
          undefined
      )(),
    ],
    ["[1, [2, null]]", [1, [2, null]]],
    ["[]", []],
    ["an array of 7 elements", [1, 2, 3, 4, 5, 6, 7]],
    ["an array of 3 elements", ["x".repeat(40), "y".repeat(40), 1]],
    ["Float32Array(3)", new Float32Array(3)],
    ["DataView(8)", new DataView(new ArrayBuffer(8))],
    ["an object", {}],
    ["an object", Object.create(null)],
    ["a Whale", new Whale()],
    ["an Error", new Error("x")],
    ["a Map", new Map()],
    ["an NDArray of shape [2, 3]", NDArray.zeros([2, 3])],
  ])("shows %s", (text, value) => {
    expect(describeValue(value)).toBe(text);
  });

  it("stays on one short line however deep the arrays are", () => {
    let deep: unknown = "a rather long text";
    for (let level = 0; level < 20; level++) deep = [deep, deep];
    expect(describeValue([deep, "line\nbreak"]).length).toBeLessThan(100);
    expect(describeValue(["line\nbreak"])).not.toContain("\n");
  });
});

describe("error classes", () => {
  it("carry a code, their own name and a cause", () => {
    const cause = new Error("the reason");
    const error = new InvalidArgumentError("wrong", { cause });
    expect(error).toBeInstanceOf(RowanError);
    expect(error).toBeInstanceOf(Error);
    expect([error.name, error.code, error.message, error.cause]).toEqual(["InvalidArgumentError", "INVALID_ARGUMENT", "wrong", cause]);
    expect([new IndexOutOfRangeError("x").code, new DisposedError("x").code]).toEqual(["INDEX_OUT_OF_RANGE", "DISPOSED"]);
  });

  it("mark faults of Rowan's own", () => {
    expect(new InternalError("no plan").message).toBe("internal: no plan");
  });
});

describe("BackendUnavailableError", () => {
  it("has reason and remedy apart, and both in its message", () => {
    const { message, reason, remedy, code } = new BackendUnavailableError({ reason: "There is no GPU.", remedy: "Use another backend." });
    expect({ message, reason, remedy, code }).toEqual({
      message: "There is no GPU. Use another backend.",
      reason: "There is no GPU.",
      remedy: "Use another backend.",
      code: "BACKEND_UNAVAILABLE",
    });
  });

  it("takes a plain message as its reason", () => {
    const { message, reason, remedy } = new BackendUnavailableError("No backend is set.");
    expect([message, reason, remedy]).toEqual(["No backend is set.", "No backend is set.", ""]);
  });
});
