import { describe, expect, test } from "vitest";
import { FloatScanner } from "./float-scanner.ts";
import { longestFloat, writeFloat } from "./format-float.ts";

const scanner = new FloatScanner();

function scan(text: string): number | undefined {
  const bytes = new TextEncoder().encode(text);
  const value = scanner.scan(bytes, 0, bytes.length);
  return scanner.stop === -1 ? undefined : value;
}

function write(value: number): string {
  const room = new Uint8Array(longestFloat);
  return new TextDecoder().decode(room.subarray(0, writeFloat(value, room, 0)));
}

/** Float32 values of every exponent, and of the range of word vectors. */
function* floats(): Generator<number> {
  const bits = new Uint32Array(1);
  const value = new Float32Array(bits.buffer);
  let state = 12345;
  for (let i = 0; i < 60_000; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bits[0] = i % 2 === 0 ? state : (state & 0x807fffff) | ((110 + (i % 24)) << 23);
    if (!Number.isNaN(value[0])) yield value[0] as number;
  }
}

describe("reading", () => {
  test.each([
    "0",
    "-0",
    "1",
    "+1",
    "1.",
    ".5",
    "-.5",
    "0.1",
    "1e3",
    "1E-3",
    "1.5e+2",
    "123456789012345678901234567890",
    "0.000000000000000000000000000000000000000000001",
    "9007199254740993",
    "0.30000000000000004",
    "3.4028235e38",
    "1.17549435e-38",
    "1e-45",
    "1e-99999999999",
    "00012.5000",
  ])("%s is what JavaScript reads", (text) => {
    expect(scan(text)).toBe(Number(text));
  });

  test.each([
    "",
    "-",
    ".",
    "e5",
    "1e",
    "1e+",
    "1..2",
    "1.2.3",
    "0x10",
    "1_000",
    "1,5",
    "--1",
    "1e5.5",
    "Infinityx",
    "1e39",
    "-9e99999",
    "½",
  ])("%j is no number", (text) => {
    expect(scan(text)).toBeUndefined();
  });

  test("knows Python's words for what is no number", () => {
    expect(["nan", "NaN", "inf", "-inf", "Infinity", "-nan"].map(scan)).toEqual([NaN, NaN, Infinity, -Infinity, Infinity, NaN]);
  });

  test("ends at a blank", () => {
    const bytes = new TextEncoder().encode("0.25 7\t-3\r");
    expect([scanner.scan(bytes, 0, 10), scanner.stop]).toEqual([0.25, 4]);
    expect([scanner.scan(bytes, 5, 10), scanner.stop]).toEqual([7, 6]);
    expect([scanner.scan(bytes, 7, 10), scanner.stop]).toEqual([-3, 9]);
  });
});

describe("writing", () => {
  test.each([
    [0, "0"],
    [-0, "-0"],
    [1, "1"],
    [-2.5, "-2.5"],
    [0.1, "0.1"],
    [100, "100"],
    [1234567, "1234567"],
    [1e-5, "1e-5"],
    [0.001, "0.001"],
    [16777216, "1.6777216e+7"],
    [3.4028234663852886e38, "3.4028235e+38"],
    [1.401298464324817e-45, "1e-45"],
    [NaN, "nan"],
    [-Infinity, "-inf"],
  ])("%d is %s", (value, text) => {
    expect(write(Math.fround(value))).toBe(text);
  });

  test("every float32 comes back bit for bit, in at most nine digits", () => {
    for (const value of floats()) {
      const text = write(value);
      if (!Object.is(Math.fround(scan(text) ?? NaN), value)) expect(text).toBe(String(value));
      if (text.replace(/e.*/, "").replace(/[-.]/g, "").replace(/^0+/, "").length > 9 && Number.isFinite(value))
        expect(text).toBe("nine digits");
    }
  });
});
