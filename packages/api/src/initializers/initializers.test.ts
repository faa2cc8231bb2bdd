import { describe, expect, it } from "vitest";
import { InvalidArgumentError, ShapeMismatchError, UnknownNameError } from "../errors.ts";
import { setRandomSeed } from "../random/index.ts";
import { serialize } from "../serialized.ts";
import { sizeOf, type Shape } from "../tensor/shape.ts";
import {
  Constant,
  GlorotNormal,
  GlorotUniform,
  HeNormal,
  HeUniform,
  Identity,
  LecunNormal,
  LecunUniform,
  Ones,
  RandomNormal,
  RandomUniform,
  TruncatedNormal,
  VarianceScaling,
  Zeros,
  computeFans,
  getInitializer,
  type Initializer,
} from "./index.ts";

const everyKind: readonly Initializer[] = [
  new Zeros(),
  new Ones(),
  new Constant({ value: 2.5 }),
  new Identity({ gain: 3 }),
  new RandomUniform({ seed: 1 }),
  new RandomUniform({ seed: 1, minval: 0, maxval: 1 }),
  new RandomNormal({ seed: 2, mean: 1 }),
  new TruncatedNormal({ seed: 3, stddev: 2 }),
  new VarianceScaling({ seed: 4, scale: 2, mode: "fanOut", distribution: "untruncatedNormal" }),
  new VarianceScaling({ seed: 4, inputAxes: [1], outputAxes: [0] }),
  new GlorotUniform({ seed: 5 }),
  new GlorotNormal({ seed: 6 }),
  new HeUniform({ seed: 7 }),
  new HeNormal({ seed: 8 }),
  new LecunUniform({ seed: 9 }),
  new LecunNormal({ seed: 10 }),
];
const named = everyKind.map((initializer) => [initializer.className, initializer] as const);

describe.each(named)("%s", (_, initializer) => {
  it("gives the same numbers whatever the chunks", () => {
    const shape: Shape = [37, 29];
    const seed = initializer.resolveSeed();
    const whole = initializer.values(shape, seed);
    for (const length of [1, 7, 30, 512]) {
      const pieces = new Float32Array(sizeOf(shape)).fill(Number.NaN);
      for (let offset = 0; offset < pieces.length; offset += length) {
        initializer.fill(pieces.subarray(offset, offset + length), offset, shape, seed);
      }
      expect(pieces).toEqual(whole);
    }
  });

  it("comes back from its configuration, in either spelling", () => {
    const written = JSON.parse(JSON.stringify(serialize(initializer))) as ReturnType<typeof serialize>;
    const again = getInitializer(written);
    expect(serialize(again)).toEqual(written);
    expect(again.values([5, 5])).toEqual(initializer.values([5, 5]));
    const keras = getInitializer({ class_name: written.className, config: written.config });
    expect(serialize(keras)).toEqual(written);
  });
});

describe("values", () => {
  it("of the constant ones are constant", () => {
    expect([...new Zeros().values([2, 2])]).toEqual([0, 0, 0, 0]);
    expect([...new Ones().values([3])]).toEqual([1, 1, 1]);
    expect([...new Constant({ value: -1.5 }).values([])]).toEqual([-1.5]);
  });

  it("of Identity have the gain on the diagonal, also of a rectangle", () => {
    expect([...new Identity({ gain: 2 }).values([2, 3])]).toEqual([2, 0, 0, 0, 2, 0]);
    expect([...new Identity().values([3, 2])]).toEqual([1, 0, 0, 1, 0, 0]);
    expect(() => new Identity().values([3])).toThrow(ShapeMismatchError);
  });

  it("of RandomUniform lie within Keras' defaults, and within limits that hold 0", () => {
    const standard = new RandomUniform({ seed: 1 }).values([1000]);
    expect(Math.min(...standard)).toBeGreaterThanOrEqual(Math.fround(-0.05));
    expect(Math.min(...standard)).toBeLessThan(-0.049);
    expect(Math.max(...standard)).toBeGreaterThan(0.049);
    expect(Math.max(...standard)).toBeLessThan(0.05);
    expect(Math.min(...new RandomUniform({ seed: 1, minval: 0, maxval: 1 }).values([1000]))).toBeGreaterThanOrEqual(0);
    expect(Math.max(...new RandomUniform({ seed: 1, minval: -1, maxval: 0 }).values([1000]))).toBeLessThan(0);
  });

  const deviation = (values: Float32Array): number => Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / values.length);
  // [fanIn 300, fanOut 500]: 150,000 values, so five standard errors of a deviation are below 1 %.
  it.each<[Initializer, number, number]>([
    [new GlorotUniform({ seed: 1 }), Math.sqrt(2 / 800), Math.sqrt(6 / 800)],
    [new GlorotNormal({ seed: 1 }), Math.sqrt(2 / 800), (2 * Math.sqrt(2 / 800)) / 0.8796256610342398],
    [new HeUniform({ seed: 1 }), Math.sqrt(2 / 300), Math.sqrt(6 / 300)],
    [new HeNormal({ seed: 1 }), Math.sqrt(2 / 300), (2 * Math.sqrt(2 / 300)) / 0.8796256610342398],
    [new LecunUniform({ seed: 1 }), Math.sqrt(1 / 300), Math.sqrt(3 / 300)],
    [new LecunNormal({ seed: 1 }), Math.sqrt(1 / 300), (2 * Math.sqrt(1 / 300)) / 0.8796256610342398],
    [new VarianceScaling({ seed: 1, mode: "fanOut", distribution: "untruncatedNormal" }), Math.sqrt(1 / 500), Infinity],
  ])("of %o have the deviation and the limit of the formula", (initializer, expected, limit) => {
    const values = initializer.values([300, 500]);
    expect(Math.abs(deviation(values) / expected - 1)).toBeLessThan(0.01);
    const largest = values.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    expect(largest).toBeLessThanOrEqual(limit * (1 + 1e-7));
    if (limit < Infinity) expect(largest).toBeGreaterThan(limit * 0.999);
  });
});

describe("computeFans", () => {
  it.each([
    [[], 1, 1],
    [[7], 7, 7],
    [[3, 5], 3, 5],
    [[2, 3, 4], 6, 8],
    [[2, 3, 4, 5], 24, 30],
  ])("of %j are %d and %d", (shape, fanIn, fanOut) => {
    expect(computeFans(shape)).toEqual({ fanIn, fanOut });
  });

  it("follow given axes", () => {
    expect(computeFans([2, 3, 4], [0, -1], [1])).toEqual({ fanIn: 8, fanOut: 3 });
    expect(() => computeFans([2], [3], [0])).toThrow("axis=3");
  });
});

describe("seeds", () => {
  it("that are given mean the same values for every variable", () => {
    const initializer = new RandomNormal({ seed: 11 });
    expect(initializer.values([9])).toEqual(initializer.values([9]));
    expect(initializer.values([9])).not.toEqual(new RandomNormal({ seed: 12 }).values([9]));
  });

  it("that are not given differ from variable to variable, and repeat after setRandomSeed", () => {
    const initializer = new RandomNormal();
    setRandomSeed(5);
    const first = initializer.values([9]);
    const second = initializer.values([9]);
    expect(second).not.toEqual(first);
    setRandomSeed(5);
    new Zeros().resolveSeed();
    expect(new RandomNormal({ seed: null }).values([9])).toEqual(first);
  });

  it("out of range are named", () => {
    expect(() => new GlorotUniform({ seed: -3 })).toThrow(InvalidArgumentError);
  });
});

describe("getInitializer", () => {
  it.each([
    ["uniform", "RandomUniform"],
    ["normal", "RandomNormal"],
    ["random_uniform", "RandomUniform"],
    ["glorotUniform", "GlorotUniform"],
    ["GlorotUniform", "GlorotUniform"],
    ["glorot_uniform", "GlorotUniform"],
    ["zeros", "Zeros"],
    ["zero", "Zeros"],
    ["he_normal", "HeNormal"],
  ])("reads %s as %s", (name, className) => {
    expect(getInitializer(name).className).toBe(className);
  });

  it("returns an initializer as it is", () => {
    const initializer = new Ones();
    expect(getInitializer(initializer)).toBe(initializer);
  });

  it("reads what Keras wrote", () => {
    const keras = {
      module: "keras.initializers",
      class_name: "VarianceScaling",
      config: { scale: 2, mode: "fan_avg", distribution: "truncated_normal", seed: null },
      registered_name: null,
    };
    expect(serialize(getInitializer(keras))).toEqual({
      className: "VarianceScaling",
      config: { scale: 2, mode: "fanAvg", distribution: "truncatedNormal", seed: null },
    });
  });

  it("names the nearest one", () => {
    expect(() => getInitializer("glorot_unifrm")).toThrow(UnknownNameError);
    expect(() => getInitializer("glorot_unifrm")).toThrow('Did you mean "glorotUniform"?');
    expect(() => getInitializer(3 as unknown as string)).toThrow(
      "A serialized initializer must be { className, config }. Received: initializer=3.",
    );
  });

  it("names options that are out of range", () => {
    expect(() => new VarianceScaling({ scale: 0 })).toThrow("Received: scale=0");
    expect(() => new VarianceScaling({ mode: "fanSum" as "fanIn" })).toThrow("`mode` must be one of fanIn, fanOut, fanAvg");
    expect(() => new Constant({ value: "1" as unknown as number })).toThrow('Received: value="1" (of type string)');
    expect(() => new RandomUniform({ minval: 1, maxval: -1 })).toThrow("minval=1, maxval=-1");
    expect(() => new RandomNormal({ stddev: -1 })).toThrow("stddev=-1");
  });
});
