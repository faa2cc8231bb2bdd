import { describe, expect, test } from "vitest";
import type { FloatUnaryOp } from "../kernels.ts";
import { farthest, onBoth, randomFloats, ulps } from "../testing/twins.ts";
import { plainKernels } from "./plain.ts";

const exact: FloatUnaryOp[] = ["abs", "ceil", "floor", "neg", "relu", "round", "rsqrt", "sign", "sqrt", "square"];
const transcendental: FloatUnaryOp[] = ["erf", "exp", "expm1", "log", "log1p", "sigmoid", "softplus", "tanh"];
const corners = [
  0,
  -0,
  1,
  -1,
  0.5,
  -0.5,
  1.5,
  2.5,
  -2.5,
  NaN,
  Infinity,
  -Infinity,
  1e-45,
  -1e-45,
  1e-40,
  -1e-40,
  3.4e38,
  -3.4e38,
  88.7,
  88.8,
  -87.3,
  -103.9,
  -104,
  16777217,
];

/** Numbers of every exponent and both signs. */
function everyExponent(): Float32Array {
  const bits = new Uint32Array(255 * 2 * 40);
  const parts = randomFloats(bits.length, 5, 1);
  for (let i = 0; i < bits.length; i++) {
    const mantissa = Math.floor(Math.abs(parts[i] as number) * 2 ** 23) & 0x7fffff;
    bits[i] = ((i & 1) << 31) | (((i >> 1) % 255) << 23) | mantissa;
  }
  return new Float32Array(bits.buffer);
}

async function both(op: FloatUnaryOp, x: Float32Array): ReturnType<typeof onBoth> {
  return onBoth("float32", x.length, ({ kernels, put, room }) => {
    const out = room(x.byteLength);
    kernels[op](put(x).f32, out.f32, x.length);
    return out;
  });
}

describe.each([...exact, ...transcendental])("%s", (op) => {
  test("every length, and nothing behind it", async () => {
    for (const length of [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 17]) {
      const { plain, wasm } = await both(op, randomFloats(length, length + 1));
      expect(farthest(plain, wasm)).toBeLessThanOrEqual(exact.includes(op) ? 0 : 1);
    }
  });

  test("the corners of float32, also in the sign of zero", async () => {
    const { plain, wasm } = await both(op, Float32Array.from(corners));
    corners.forEach((x, i) => {
      expect(ulps(plain[i] as number, wasm[i] as number), `${op}(${x})`).toBeLessThanOrEqual(exact.includes(op) ? 0 : 1);
      expect(Object.is(wasm[i], -0), `sign of ${op}(${x})`).toBe(Object.is(plain[i], -0));
    });
  });

  test("numbers of every size are within one unit in the last place", async () => {
    const { plain, wasm } = await both(op, everyExponent());
    expect(farthest(plain, wasm)).toBeLessThanOrEqual(exact.includes(op) ? 0 : 1);
    const within = await both(op, randomFloats(20_000, 11, 12));
    expect(farthest(within.plain, within.wasm)).toBeLessThanOrEqual(exact.includes(op) ? 0 : 1);
  });
});

test("erf has its known values", () => {
  // Abramowitz and Stegun, table 7.1.
  const known = [
    [0.1, 0.112462916],
    [0.5, 0.5204998778],
    [1, 0.8427007929],
    [1.5, 0.9661051465],
    [2, 0.995322265],
    [3, 0.9999779095],
    [-1, -0.8427007929],
  ];
  const out = new Float32Array(known.length);
  plainKernels.erf(
    Float32Array.from(known, ([x]) => x as number),
    out,
    known.length,
  );
  known.forEach(([x, y], i) => expect(ulps(out[i] as number, y as number), `erf(${x})`).toBeLessThanOrEqual(1));
});

test.each(["isNan", "logicalNot"] as const)("%s of every length", async (op) => {
  for (const length of [0, 1, 2, 15, 16, 17, 33]) {
    const floats = randomFloats(length, length).map((x, i) => (i % 3 === 0 ? NaN : x));
    const bytes = Uint8Array.from({ length }, (_, i) => (i % 3) * 100);
    const { plain, wasm } = await onBoth("bool", length, ({ kernels, put, room }) => {
      const out = room(length);
      if (op === "isNan") kernels.isNan(put(floats).f32, out.u8, length);
      else kernels.logicalNot(put(bytes).u8, out.u8, length);
      return out;
    });
    expect(wasm).toEqual(plain);
    expect([...plain]).toEqual(Array.from({ length }, (_, i) => (i % 3 === 0 ? 1 : 0)));
  }
});
