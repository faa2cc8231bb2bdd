import { describe, expect, test } from "vitest";
import { onBoth, randomFloats, randomIntegers } from "../testing/twins.ts";
import { fillCurve } from "../word-vectors/curve.ts";
import { curvePairs } from "../word-vectors/layout.ts";
import { nextWord, scaleWord } from "./xoshiro.ts";

interface Shape {
  readonly words: number;
  readonly columns: number;
  readonly lengths: readonly number[];
  readonly window: number;
  readonly negatives: number;
  readonly bags: number;
  readonly rate?: number;
  readonly input?: Float32Array;
  readonly output?: Float32Array;
  readonly keep?: number;
  readonly pooled?: number;
}

const curve = new Float32Array(2 * curvePairs);
fillCurve(curve);

/** Trains both forms; gives `[plain, wasm]` of the vectors, of the output vectors and of the state, as bits. */
async function trainBoth(shape: Shape): Promise<{ vectors: number[][]; outputs: number[][]; state: number[][]; losses: number[] }> {
  const { words, columns, lengths, window, negatives, bags, pooled = 0 } = shape;
  const total = lengths.reduce((sum, length) => sum + length, 0);
  const ids = randomIntegers(total, 11, 0, words);
  let end = 0;
  const ends = Int32Array.from(lengths, (length) => (end += length));
  const input = shape.input ?? randomFloats(words * columns, 1, 0.5);
  const output = shape.output ?? randomFloats(words * columns, 2, 0.5);
  const keep = new Int32Array(words).fill(shape.keep ?? -1);
  const chances = randomIntegers(words, 3, -(2 ** 31), 2 ** 31);
  const aliases = randomIntegers(words, 4, 0, words);
  const losses: number[] = [];
  const read = async (which: "vectors" | "outputs" | "state"): Promise<number[][]> => {
    const length = which === "state" ? 6 : words * columns;
    const { plain, wasm } = await onBoth("int32", length, ({ kernels, put, room }) => {
      const [x, y, state] = [put(input), put(output), put(Int32Array.of(1, 2, 3, 4, 0, 0))];
      const loss = kernels.trainWordVectors(
        ...([x.f32, y.f32, words, columns, put(ids).i32, put(ends).i32, lengths.length, put(keep).i32] as const),
        ...([put(chances).i32, put(aliases).i32, put(curve).f32, state.i32, room(4 * Math.max(...lengths, 1)).i32] as const),
        ...([room(4 * (negatives + 1)).i32, room(4 * (2 * columns + negatives + 1)).f32] as const),
        ...([room(4 * pooled).i32, pooled, window, negatives, shape.rate ?? 0.05, bags] as const),
        ...([room(0).f32, room(0).f32, room(0).i32, room(0).i32, 0, 0] as const),
      );
      losses.push(loss);
      return which === "vectors" ? x : which === "outputs" ? y : state;
    });
    return [[...plain], [...wasm]];
  };
  return { vectors: await read("vectors"), outputs: await read("outputs"), state: await read("state"), losses };
}

const floats = (bits: readonly number[] | undefined): Float32Array => new Float32Array(Int32Array.from(bits ?? []).buffer);

describe.each([
  ["skip-gram", 0],
  ["bags of words", 1],
])("%s", (_name, bags) => {
  test.each([1, 2, 5, 6, 7, 11, 13])("with %i words of noise, both forms give the same bits", async (negatives) => {
    for (const columns of [4, 8, 100]) {
      const lengths = [3, 1, 20, 2, 1, 7];
      const { vectors, outputs, state, losses } = await trainBoth({ words: 9, columns, lengths, window: 3, negatives, bags });
      expect(vectors[1]).toEqual(vectors[0]);
      expect(outputs[1]).toEqual(outputs[0]);
      expect(state[1]).toEqual(state[0]);
      expect(new Set(losses).size).toBe(1);
      expect(state[0]?.[4]).toBe(34);
      expect(floats(vectors[0])).not.toEqual(randomFloats(9 * columns, 1, 0.5));
    }
  });

  test.each([1, 3, 64])(
    "with noise from a pool of %i words, both forms give the same bits, and other ones than without",
    async (pooled) => {
      const shape = { words: 9, columns: 8, lengths: [3, 1, 20, 2, 1, 7], window: 3, negatives: 5, bags };
      const { vectors, outputs, state } = await trainBoth({ ...shape, pooled });
      expect(vectors[1]).toEqual(vectors[0]);
      expect(outputs[1]).toEqual(outputs[0]);
      expect(state[1]).toEqual(state[0]);
      expect(outputs[1]).not.toEqual((await trainBoth(shape)).outputs[1]);
    },
  );

  test("sentences of one word, and words that are all thinned out, move nothing", async () => {
    for (const shape of [{ lengths: [1, 1, 1] }, { lengths: [], keep: -1 }, { lengths: [5, 9], keep: 0 }]) {
      const { vectors, outputs, state, losses } = await trainBoth({ words: 3, columns: 4, window: 5, negatives: 5, bags, ...shape });
      expect(floats(vectors[1])).toEqual(randomFloats(12, 1, 0.5));
      expect(floats(outputs[1])).toEqual(randomFloats(12, 2, 0.5));
      expect(state[1]?.[5]).toBe(0);
      expect(losses[1]).toBe(0);
    }
  });

  test("saturated products, denormal numbers and infinities: both forms agree, and large products stay finite", async () => {
    const columns = 8;
    for (const scale of [1e-42, 1e-30, 40, 1e6]) {
      const input = randomFloats(5 * columns, 7, scale);
      const output = randomFloats(5 * columns, 8, scale);
      const { vectors, outputs } = await trainBoth({ words: 5, columns, lengths: [12, 2], window: 2, negatives: 5, bags, input, output });
      expect(vectors[1]).toEqual(vectors[0]);
      expect(outputs[1]).toEqual(outputs[0]);
      expect(floats(vectors[1]).every(Number.isFinite)).toBe(true);
    }
    const broken = randomFloats(5 * columns, 7)
      .fill(NaN, 0, 1)
      .fill(Infinity, columns, columns + 1);
    const { vectors } = await trainBoth({ words: 5, columns, lengths: [12], window: 2, negatives: 5, bags, input: broken });
    expect([...floats(vectors[1])].map(Number.isNaN)).toEqual([...floats(vectors[0])].map(Number.isNaN));
    expect(Number.isNaN(floats(vectors[1])[0])).toBe(true);
  });
});

describe("copies of frequent rows", () => {
  const [words, columns, hot, negatives] = [9, 8, 5, 5];
  const total = 60;

  /** The input rows, then the output rows, after a call and, where there are copies, their settlement; and as they were before it. */
  async function train(copied: number, patience: number, bags: number): Promise<{ settled: number[]; before: number[] }> {
    const read = async (side: "input" | "output", settle: boolean): Promise<number[]> => {
      const { wasm } = await onBoth("float32", words * columns, ({ kernels, put, room }) => {
        const [x, y] = [put(randomFloats(words * columns, 1, 0.5)), put(randomFloats(words * columns, 2, 0.5))];
        const zeros = (length: number): ReturnType<typeof put> => put(new Float32Array(length));
        const [xs, ys] = [zeros(2 * copied * columns), zeros(2 * copied * columns)];
        const [xLeft, yLeft] = [zeros(copied), zeros(copied)];
        kernels.trainWordVectors(
          ...([x.f32, y.f32, words, columns, put(randomIntegers(total, 11, 0, words)).i32, put(Int32Array.of(total)).i32, 1] as const),
          ...([put(new Int32Array(words).fill(-1)).i32, put(randomIntegers(words, 3, -(2 ** 31), 2 ** 31)).i32] as const),
          ...([put(randomIntegers(words, 4, 0, words)).i32, put(curve).f32, put(Int32Array.of(1, 2, 3, 4, 0, 0)).i32] as const),
          ...([room(4 * total).i32, room(4 * (negatives + 1)).i32, room(4 * (2 * columns + negatives + 1)).f32] as const),
          ...([room(0).i32, 0, 3, negatives, 0.05, bags, xs.f32, ys.f32, xLeft.i32, yLeft.i32, copied, patience] as const),
        );
        if (settle) {
          kernels.settleWordVectors(x.f32, xs.f32, xLeft.i32, columns, copied);
          kernels.settleWordVectors(y.f32, ys.f32, yLeft.i32, columns, copied);
        }
        return side === "input" ? x : y;
      });
      return [...wasm];
    };
    const both = async (settle: boolean): Promise<number[]> => [...(await read("input", settle)), ...(await read("output", settle))];
    return { settled: await both(true), before: await both(false) };
  }

  test.each([0, 1])("one thread ends with the same rows, whatever its patience, up to rounding (bags = %i)", async (bags) => {
    const { settled: shared } = await train(0, 0, bags);
    for (const patience of [0, 3, 1000]) {
      const { settled, before } = await train(hot, patience, bags);
      settled.forEach((value, i) => expect(Math.abs(value - (shared[i] as number))).toBeLessThan(1e-5));
      // The shared rows lack the last moves until they are settled: with patience of the copied rows alone.
      const lacking = before.flatMap((value, i) => (value === settled[i] ? [] : [Math.floor((i % (words * columns)) / columns)]));
      expect(lacking.every((word) => word < hot)).toBe(true);
      expect(lacking.length > 0).toBe(true);
    }
  });

  test("what others moved meanwhile is kept, and both forms settle alike", async () => {
    const { plain, wasm } = await onBoth("float32", 8, ({ kernels, put }) => {
      // Another thread has moved the shared rows from 1 to 2 and from 5 to 7; the copies went from 1 to 1.5 and from 5 to 4.
      const rows = put(Float32Array.of(2, 2, 2, 2, 7, 7, 7, 7));
      const copies = put(Float32Array.of(1.5, 1.5, 1.5, 1.5, 4, 4, 4, 4, 1, 1, 1, 1, 5, 5, 5, 5));
      kernels.settleWordVectors(rows.f32, copies.f32, put(Int32Array.of(3, 4)).i32, 4, 2);
      return rows;
    });
    expect([...wasm]).toEqual([2.5, 2.5, 2.5, 2.5, 6, 6, 6, 6]);
    expect(plain).toEqual(wasm);
  });
});

describe("a pool of noise", () => {
  const [words, columns, negatives, length] = [4000, 4, 5, 400];

  /** Trains on a sentence of two words; noise is drawn from the others alike. Gives which output rows moved, those of the two not told. */
  async function movedBy(pooled: number): Promise<number[]> {
    const first = randomFloats(words * columns, 2, 0.5);
    const ids = Int32Array.from({ length }, (_, i) => i % 2);
    const chances = new Int32Array(words).fill(-1).fill(0, 0, 2);
    const { wasm } = await onBoth("float32", words * columns, ({ kernels, put, room }) => {
      const output = put(first);
      kernels.trainWordVectors(
        ...([
          put(randomFloats(words * columns, 1, 0.5)).f32,
          output.f32,
          words,
          columns,
          put(ids).i32,
          put(Int32Array.of(length)).i32,
        ] as const),
        ...([1, put(new Int32Array(words).fill(-1)).i32, put(chances).i32, put(Int32Array.from({ length: words }, () => 2)).i32] as const),
        ...([put(curve).f32, put(Int32Array.of(1, 2, 3, 4, 0, 0)).i32, room(4 * length).i32, room(4 * (negatives + 1)).i32] as const),
        ...([room(4 * (2 * columns + negatives + 1)).f32, room(4 * pooled).i32, pooled, 1, negatives, 0.05, 0] as const),
        ...([room(0).f32, room(0).f32, room(0).i32, room(0).i32, 0, 0] as const),
      );
      return output;
    });
    const rows = Array.from({ length: words }, (_, word) => word).slice(2);
    return rows.filter((word) => wasm[word * columns] !== first[word * columns]);
  }

  test("each word of it is used four times in the mean, and words from all of the vocabulary get there", async () => {
    const draws = length * negatives;
    const [alone, pooled] = [await movedBy(0), await movedBy(16)];
    // Some words are drawn twice: of n draws from so many words, words * (1 - e^(-n / words)) differ.
    const expected = (n: number): number => words * (1 - Math.exp(-n / words));
    expect(Math.abs(alone.length / expected(draws) - 1)).toBeLessThan(0.05);
    expect(Math.abs(pooled.length / expected(draws / 4 + 16) - 1)).toBeLessThan(0.1);
    for (let part = 0; part < 4; part++) {
      const share = pooled.filter((word) => Math.floor((4 * word) / words) === part).length / pooled.length;
      expect(Math.abs(share - 0.25)).toBeLessThan(0.08);
    }
  });
});

test("one pair by hand: a vector and its target move along one another, and the noise away", async () => {
  // Two words, one sentence, and noise that is always the other word: with `chances` of all draws no alias is taken.
  const [columns, rate] = [4, 0.1];
  const input = Float32Array.of(0.1, 0.2, 0.3, 0.4, -0.1, 0.5, 0.2, 0.1);
  const output = Float32Array.of(0.3, -0.2, 0.1, 0.2, 0.4, 0.1, -0.3, 0.2);
  const { plain } = await onBoth("float32", 8, ({ kernels, put, room }) => {
    const x = put(input);
    kernels.trainWordVectors(
      ...([x.f32, put(output).f32, 2, columns, put(Int32Array.of(0, 1)).i32, put(Int32Array.of(2)).i32, 1] as const),
      ...([put(Int32Array.of(-1, -1)).i32, put(Int32Array.of(0, 0)).i32, put(Int32Array.of(1, 1)).i32, put(curve).f32] as const),
      ...([put(Int32Array.of(1, 2, 3, 4, 0, 0)).i32, room(8).i32, room(8).i32, room(4 * 10).f32, room(0).i32, 0, 1, 1, rate, 0] as const),
      ...([room(0).f32, room(0).f32, room(0).i32, room(0).i32, 0, 0] as const),
    );
    return x;
  });
  const [x, y] = [Array.from(input), Array.from(output)];
  const dot = (a: number, b: number): number =>
    [0, 1, 2, 3].reduce((sum, j) => sum + (x[4 * a + j] as number) * (y[4 * b + j] as number), 0);
  const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));
  // Word 0 is predicted from word 1, with word 1 as noise; then word 1 from word 0, whose noise is word 1 itself and is passed over.
  const step = (context: number, targets: readonly (readonly [word: number, label: number])[]): void => {
    const gains = targets.map(([word, label]) => (label - sigmoid(dot(context, word))) * rate);
    const row = x.slice(4 * context, 4 * context + 4);
    targets.forEach(([word], k) => {
      for (let j = 0; j < 4; j++) {
        x[4 * context + j] = (x[4 * context + j] as number) + (gains[k] as number) * (y[4 * word + j] as number);
        y[4 * word + j] = (y[4 * word + j] as number) + (gains[k] as number) * (row[j] as number);
      }
    });
  };
  step(1, [
    [0, 1],
    [1, 0],
  ]);
  step(0, [[1, 1]]);
  plain.forEach((value, i) => expect(value).toBeCloseTo(x[i] as number, 6));
});

test("the curve is within 4e-6 of the sigmoid and of softplus, between its points too", () => {
  for (let x = -15.99; x < 16; x += 0.00371) {
    const place = (x + 16) * 64;
    const [at, rest] = [2 * Math.floor(place), place - Math.floor(place)];
    const between = (i: number): number => (curve[i] as number) + ((curve[i + 2] as number) - (curve[i] as number)) * rest;
    expect(Math.abs(between(at) - 1 / (1 + Math.exp(-x)))).toBeLessThan(4e-6);
    expect(Math.abs(between(at + 1) - Math.log1p(Math.exp(-x)))).toBeLessThan(1e-5);
  }
});

test("xoshiro128++ gives the words of its authors' program", () => {
  const state = Int32Array.of(1, 2, 3, 4);
  expect(Array.from({ length: 5 }, () => nextWord(state))).toEqual([641, 1573767, 3222811527, 3517856514, 836907274]);
  expect(scaleWord(2 ** 32 - 1, 2 ** 31 - 1)).toBe(2 ** 31 - 2);
  expect([0, 2 ** 31, 2 ** 32 - 1].map((word) => scaleWord(word, 10))).toEqual([0, 5, 9]);
});
