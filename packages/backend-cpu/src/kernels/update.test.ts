import { describe, expect, test } from "vitest";
import type { Block } from "../storage.ts";
import { farthest, onBoth, randomFloats } from "../testing/twins.ts";
import type { Rig } from "../testing/twins.ts";

interface Step<F, I> {
  readonly target: F;
  readonly slots: readonly [F, F, F];
  readonly gradient: F;
  readonly ids: I;
  readonly indexed: number;
  readonly rows: number;
  readonly dim: number;
}

type Rule = <F, I, U>(rig: Rig<F, I, U>, step: Step<F, I>) => void;

const rules: [name: string, rule: Rule][] = [
  [
    "sgd",
    ({ kernels }, { target, gradient, ids, indexed, rows, dim }) => kernels.sgd(target, gradient, ids, indexed, rows, dim, 0.01, 0.1),
  ],
];

for (const nesterov of [0, 1]) {
  rules.push([
    `momentum, nesterov ${nesterov}`,
    ({ kernels }, { target, slots, gradient, ids, indexed, rows, dim }) =>
      kernels.momentum(target, slots[0], gradient, ids, indexed, rows, dim, 0.001, 0.1, 0.9, nesterov),
  ]);
}
for (const amsgrad of [0, 1]) {
  rules.push([
    `adam, amsgrad ${amsgrad}`,
    ({ kernels }, { target, slots, gradient, ids, indexed, rows, dim }) =>
      kernels.adam(target, ...slots, gradient, ids, indexed, rows, dim, 0.004, 0.003, 1 - 0.9, 1 - 0.999, 1e-7, amsgrad),
  ]);
}
for (const centered of [0, 1]) {
  for (const momentum of [0, 0.9]) {
    rules.push([
      `rmsprop, centered ${centered}, momentum ${momentum}`,
      ({ kernels }, { target, slots, gradient, ids, indexed, rows, dim }) =>
        kernels.rmsprop(target, ...slots, gradient, ids, indexed, rows, dim, 0, 0.001, 0.9, 1 - 0.9, momentum, 1e-7, centered),
    ]);
  }
}
rules.push([
  "adagrad",
  ({ kernels }, { target, slots, gradient, ids, indexed, rows, dim }) =>
    kernels.adagrad(target, slots[0], gradient, ids, indexed, rows, dim, 0, 0.1, 1e-7),
]);

/** Target and slots behind one another, so that one result holds all of them. */
async function steps(
  rule: Rule,
  dim: number,
  ids: Int32Array | undefined,
  start: Float32Array[],
  gradients: Float32Array[],
): ReturnType<typeof onBoth> {
  const size = (start[0] as Float32Array).length;
  return onBoth("float32", 4 * size, (rig) => {
    const blocks = start.map((values) => rig.put(values));
    const [target, a, b, c] = blocks as [(typeof blocks)[0], (typeof blocks)[0], (typeof blocks)[0], (typeof blocks)[0]];
    const at = rig.put(ids ?? new Int32Array(1)).i32;
    for (const gradient of gradients) {
      const place = rig.put(gradient).f32;
      const [rows, width] = ids ? [ids.length, dim] : [1, size];
      rule(rig, {
        target: target.f32,
        slots: [a.f32, b.f32, c.f32],
        gradient: place,
        ids: at,
        indexed: Number(ids !== undefined),
        rows,
        dim: width,
      });
    }
    const out = rig.room(16 * size);
    blocks.forEach((block: Block<unknown, unknown, typeof target.u8>, i) =>
      rig.kernels.copyBytes(block.u8, 0, out.u8, i * 4 * size, 4 * size),
    );
    return out;
  });
}

function startOf(size: number): Float32Array[] {
  return [
    randomFloats(size, 1),
    randomFloats(size, 2, 0.1),
    randomFloats(size, 3, 0.1).map(Math.abs),
    randomFloats(size, 4, 0.1).map(Math.abs),
  ];
}

describe.each(rules)("%s", (_name, rule) => {
  test.each([1, 2, 3, 4, 5, 8, 17, 33])("rows of %i by id: the same bits, and no other row", async (dim) => {
    const rows = 9;
    const ids = Int32Array.of(7, 2, 3, 0);
    const start = startOf(rows * dim);
    // The second slot is a velocity for adam and a moment for rmsprop; both are positive here, so that every rule has a root.
    start[1] = (start[1] as Float32Array).map(Math.abs);
    const { plain, wasm } = await steps(rule, dim, ids, start, [randomFloats(4 * dim, 5), randomFloats(4 * dim, 6, 1e-3)]);
    expect(farthest(plain, wasm)).toBe(0);
    const untouched = [1, 4, 5, 6, 8];
    for (const [part, values] of start.entries()) {
      for (const row of untouched) {
        const from = part * rows * dim + row * dim;
        expect(wasm.subarray(from, from + dim)).toEqual(values.subarray(row * dim, row * dim + dim));
      }
    }
    expect(wasm.subarray(7 * dim, 8 * dim)).not.toEqual((start[0] as Float32Array).subarray(7 * dim, 8 * dim));
  });

  test.each([0, 1, 3, 4, 7, 16, 101])("a dense parameter of %i: the same bits", async (size) => {
    const start = startOf(size);
    start[1] = (start[1] as Float32Array).map(Math.abs);
    const { plain, wasm } = await steps(rule, size, undefined, start, [randomFloats(size, 8), randomFloats(size, 9)]);
    expect(farthest(plain, wasm)).toBe(0);
  });

  test("NaN in a gradient reaches the parameter", async () => {
    const { plain, wasm } = await steps(
      rule,
      5,
      undefined,
      startOf(5).map((values) => values.map(Math.abs)),
      [Float32Array.of(0, NaN, 0, 0, NaN)],
    );
    expect(farthest(plain, wasm)).toBe(0);
    expect([...wasm.subarray(0, 5)].map((x) => Number.isNaN(x))).toEqual([false, true, false, false, true]);
  });
});

test.each(rules.filter(([name]) => /momentum|adam|rmsprop/.test(name)))(
  "%s: moments that vanish become zero, not denormal",
  async (_name, rule) => {
    const tiny = Float32Array.of(1.01e-38, 1e-40, -1.05e-38, 1e-45, -9e-39);
    const { plain, wasm } = await steps(rule, 5, undefined, [new Float32Array(5), tiny, tiny.map(Math.abs), tiny], [new Float32Array(5)]);
    expect(farthest(plain, wasm)).toBe(0);
    const moments = [...wasm.subarray(5, 10)];
    expect(moments).toEqual([0, 0, 0, 0, 0]);
  },
);

describe("row-wise adagrad", () => {
  const rule: Rule = ({ kernels }, { target, slots, gradient, ids, indexed, rows, dim }) =>
    kernels.rowwiseAdagrad(target, slots[0], gradient, ids, indexed, rows, dim, 0.01, 0.1, 1e-7);

  test.each([1, 2, 3, 4, 5, 8, 17, 33])("rows of %i by id: the same bits, one accumulator a row, and no other row", async (dim) => {
    const size = 9 * dim;
    const start = startOf(size).map((values) => values.map(Math.abs));
    const { plain, wasm } = await steps(rule, dim, Int32Array.of(7, 2, 3, 0), start, [randomFloats(4 * dim, 5), randomFloats(4 * dim, 6)]);
    expect(farthest(plain, wasm)).toBe(0);
    const [target, accumulator] = start as [Float32Array, Float32Array];
    for (const row of Array.from({ length: 9 }, (_, i) => i)) {
      const isTouched = [7, 2, 3, 0].includes(row);
      const before = target.subarray(row * dim, (row + 1) * dim);
      expect([...wasm.subarray(row * dim, (row + 1) * dim)].every((value, i) => value === before[i])).toBe(!isTouched);
      expect((wasm[size + row] as number) > (accumulator[row] as number)).toBe(isTouched);
    }
    expect(wasm.subarray(size + 9)).toEqual(Float32Array.of(...start.flatMap((values) => [...values])).subarray(size + 9));
  });

  test("the mean of the squares, then the root", async () => {
    const start = [Float32Array.of(1, 1, 1, 1, 1), Float32Array.of(0.25, 9, 9, 9, 9), new Float32Array(5), new Float32Array(5)];
    const { plain, wasm } = await steps(rule, 5, undefined, start, [Float32Array.of(1, 2, 0, -2, 0)]);
    expect(farthest(plain, wasm)).toBe(0);
    expect(wasm[5]).toBeCloseTo(0.25 + 9 / 5, 6);
    expect(wasm[1]).toBeCloseTo(0.99 - 0.2 / Math.sqrt(0.25 + 9 / 5), 6);
  });

  test("NaN in a gradient reaches its row", async () => {
    const { plain, wasm } = await steps(
      rule,
      2,
      Int32Array.of(1, 0),
      startOf(6).map((values) => values.map(Math.abs)),
      [Float32Array.of(0, NaN, 1, 1)],
    );
    expect(farthest(plain, wasm)).toBe(0);
    expect([...wasm.subarray(0, 6)].map((x) => Number.isNaN(x))).toEqual([false, false, true, true, false, false]);
  });
});
