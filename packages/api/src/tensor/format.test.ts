/** Against NumPy itself: packages/conformance/fixtures/numpy-print.json. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createTypedArray } from "./dtype.ts";
import type { DType, TypedArray } from "./dtype.ts";
import { formatArray } from "./format.ts";
import { NDArray } from "./ndarray.ts";
import { sizeOf } from "./shape.ts";
import type { Shape } from "./shape.ts";

interface Case {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: Shape;
  /** The elements; what JSON has no notation for is a string. */
  readonly data?: readonly (number | string | boolean)[];
  /** Or a formula: element i is ((37 i) mod 1009 - 500) / divide. */
  readonly divide?: number;
  readonly text: string;
}

const file = new URL("../../../conformance/fixtures/numpy-print.json", import.meta.url);
const { cases } = JSON.parse(readFileSync(file, "utf8")) as { readonly cases: readonly Case[] };

function elements({ dtype, shape, data, divide = 1 }: Case): TypedArray {
  const values = createTypedArray(dtype, sizeOf(shape));
  for (let i = 0; i < values.length; i++) {
    const value = data ? Number(data[i]) : (((i * 37) % 1009) - 500) / divide;
    values[i] = dtype === "bool" ? Number(value !== 0) : value;
  }
  return values;
}

describe("formatArray prints what NumPy prints", () => {
  it.each(cases)("$name ($dtype)", (one) => {
    expect(formatArray(elements(one), one.shape, one.dtype)).toBe(one.text);
  });
});

it("is what an array's toString gives", () => {
  expect(String(NDArray.from([[1, 2.5]]))).toBe("[[1.  2.5]]");
});
