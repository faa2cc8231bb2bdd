import { NDArray } from "@rowan/api";
import type { DType, TypedArray } from "@rowan/api";
import { expect } from "vitest";
import { expectClose } from "../suite/tolerance.ts";
import type { Tolerance } from "../suite/tolerance.ts";

/** Values as a fixture stores them: flat, row-major; `"NaN"`, `"Infinity"` and `"-Infinity"` are strings. */
export interface FixtureTensor {
  readonly shape: readonly number[];
  readonly dtype?: "int32" | "bool";
  readonly data: readonly (number | string)[];
}

/** Keras' class name, and the options that differ from its defaults. */
export interface Described {
  readonly className: string;
  readonly config: Readonly<Record<string, unknown>>;
}

/** How far values may be from Keras', and why. */
export interface FixtureTolerance extends Tolerance {
  /** Tolerances for the values below some keys of a case; the innermost such key counts. */
  readonly within?: Readonly<Record<string, Tolerance>>;
}

/** What all cases have. */
export interface FixtureCase {
  readonly name: string;
  /** Stands in place of the file's. */
  readonly tolerance?: FixtureTolerance;
}

/** A file of golden numbers. */
export interface Fixture<C extends FixtureCase, Inputs = undefined> {
  readonly tolerance: FixtureTolerance;
  readonly inputs: Inputs;
  readonly cases: readonly C[];
}

const arrays = {
  float32: (data: readonly number[]): TypedArray => Float32Array.from(data),
  int32: (data: readonly number[]): TypedArray => Int32Array.from(data),
  bool: (data: readonly number[]): TypedArray => Uint8Array.from(data),
} as const;

/**
 * A fixture's values as an array.
 *
 * @param tensor - What the file holds.
 * @param dtype - What the elements become; that of the fixture when left out.
 * @returns The array.
 */
export function arrayOf(tensor: FixtureTensor, dtype?: DType): NDArray {
  const own = tensor.dtype ?? "float32";
  const array = new NDArray(arrays[own](tensor.data.map(Number)), tensor.shape, own);
  return dtype === undefined ? array : array.astype(dtype);
}

/** Compares values with those of one case, within the tolerance that the fixture states for them. */
export class Judge {
  readonly #base: FixtureTolerance;

  /**
   * @param fixture - The file.
   * @param item - Its case.
   */
  constructor(fixture: Fixture<FixtureCase, unknown>, item: FixtureCase) {
    this.#base = item.tolerance ?? fixture.tolerance;
  }

  /**
   * Expects values and shape of a fixture's tensor.
   *
   * @param actual - What Rowan computed.
   * @param expected - What Keras computed.
   * @param path - The keys under which the case holds it, outermost first.
   */
  expectTensor(actual: NDArray, expected: FixtureTensor, ...path: readonly string[]): void {
    const label = path.join(".");
    expect(actual.shape, `${label}: shape`).toEqual(expected.shape);
    expectClose(actual.data, expected.data.map(Number), this.#toleranceAt(path), label);
  }

  /**
   * Expects numbers.
   *
   * @param actual - What Rowan computed.
   * @param expected - What Keras computed.
   * @param path - The keys under which the case holds them, outermost first.
   */
  expectNumbers(actual: readonly number[], expected: FixtureTensor, ...path: readonly string[]): void {
    expectClose(actual, expected.data.map(Number), this.#toleranceAt(path), path.join("."));
  }

  #toleranceAt(path: readonly string[]): Tolerance {
    const { within = {} } = this.#base;
    const key = path.findLast((part) => part in within);
    return (key === undefined ? undefined : within[key]) ?? this.#base;
  }
}
