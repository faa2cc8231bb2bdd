import { describe, expect, test } from "vitest";
import { onBoth, randomIntegers } from "../testing/twins.ts";

test.each([0, 1, 3, 4, 5, 16, 17, 100])("fills and copies of %i", async (count) => {
  for (const bits of [0, 0x3fc00000]) {
    const words = await onBoth("int32", count, ({ kernels, room }) => {
      const out = room(count * 4);
      kernels.fillWords(out.i32, bits, count);
      return out;
    });
    expect(words.plain).toEqual(new Int32Array(count).fill(bits));
    expect(words.wasm).toEqual(words.plain);
  }
  const values = Uint8Array.from(randomIntegers(count + 7, count, 0, 256));
  const bytes = await onBoth("uint8", count + 7, ({ kernels, put, room }) => {
    const out = room(count + 7);
    kernels.fillBytes(out.u8, 9, count + 7);
    kernels.copyBytes(put(values).u8, 7, out.u8, 3, count);
    // A move to a place that overlaps it.
    kernels.copyBytes(out.u8, 3, out.u8, 4, count);
    return out;
  });
  const expected = new Uint8Array(count + 7).fill(9);
  expected.set(values.subarray(7), 3);
  expected.copyWithin(4, 3, 3 + count);
  expect(bytes.plain).toEqual(expected);
  expect(bytes.wasm).toEqual(expected);
});

/** Extents, strides of the source, strides of the target, and where both start. */
const boxes: [name: string, dims: number[], source: number[], target: number[], sourceStart: number, targetStart: number][] = [
  ["one run", [11], [1], [1], 5, 2],
  ["a transposition", [5, 7], [1, 5], [7, 1], 0, 0],
  ["a box out of a matrix", [3, 4], [10, 1], [4, 1], 12, 0],
  ["a box into a matrix", [3, 4], [4, 1], [9, 1], 0, 10],
  ["three axes in another order", [2, 3, 4], [1, 8, 2], [12, 4, 1], 0, 0],
  ["one element", [1], [0], [0], 3, 4],
];

describe.each(["copyBoxWords", "copyBoxBytes"] as const)("%s", (name) => {
  test.each(boxes)("%s", async (_name, dims, source, target, sourceStart, targetStart) => {
    const layout = Int32Array.from([...dims, ...source, ...target, ...dims, 0, 0]);
    const values = randomIntegers(60, 3, 1, 128);
    const words = name === "copyBoxWords";
    const { plain, wasm } = await onBoth(words ? "int32" : "uint8", 60, ({ kernels, put, room }) => {
      const out = room(words ? 240 : 60);
      const [from, place] = [put(words ? values : Uint8Array.from(values)), put(layout).i32];
      if (words) kernels.copyBoxWords(from.i32, sourceStart, out.i32, targetStart, place, dims.length);
      else kernels.copyBoxBytes(from.u8, sourceStart, out.u8, targetStart, place, dims.length);
      return out;
    });
    expect(wasm).toEqual(plain);
    const expected = new Map<number, number>();
    const visit = (axis: number, s: number, t: number): void => {
      if (axis === dims.length) expected.set(t, values[s] as number);
      else
        for (let i = 0; i < (dims[axis] as number); i++)
          visit(axis + 1, s + i * (source[axis] as number), t + i * (target[axis] as number));
    };
    visit(0, sourceStart, targetStart);
    const untouched = words ? -1515870811 : 0xa5;
    expect([...plain]).toEqual(Array.from({ length: 60 }, (_, i) => expected.get(i) ?? untouched));
  });
});

test.each(["selectWords", "selectBytes"] as const)("%s with repeated operands", async (name) => {
  const layout = Int32Array.of(3, 5, 1, 0, 5, 1, 0, 1, 0, 0, 0, 0, 0);
  const condition = Uint8Array.of(0, 1, 255);
  const [a, b] = [randomIntegers(15, 1, 0, 100), randomIntegers(5, 2, 100, 200)];
  const words = name === "selectWords";
  const { plain, wasm } = await onBoth(words ? "int32" : "uint8", 15, ({ kernels, put, room }) => {
    const out = room(words ? 60 : 15);
    const [test, place] = [put(condition).u8, put(layout).i32];
    if (words) kernels.selectWords(test, put(a).i32, put(b).i32, out.i32, place, 2);
    else kernels.selectBytes(test, put(Uint8Array.from(a)).u8, put(Uint8Array.from(b)).u8, out.u8, place, 2);
    return out;
  });
  expect([...plain]).toEqual([...b, ...a.subarray(5)]);
  expect(wasm).toEqual(plain);
});
