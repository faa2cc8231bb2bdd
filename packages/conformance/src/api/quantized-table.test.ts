import {
  Dense,
  DTypeError,
  Embedding,
  EmbeddingBag,
  EmbeddingTable,
  Flatten,
  GradientTape,
  InvalidArgumentError,
  NDArray,
  Sequential,
  ShapeMismatchError,
  UnsupportedOpError,
  Variable,
  getInitializer,
  ops,
  scope,
  setBackend,
  tensor,
} from "@rowan/api";
import type { Backend, QuantizedKind, Tensor } from "@rowan/api";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createNaiveBackend } from "../naive/create-naive-backend.ts";

const kinds: readonly QuantizedKind[] = ["int8", "int4", "float16", "bfloat16"];
const rows = [
  [0.01, -0.02],
  [0.03, 0.04],
  [-0.05, 0.06],
  [0.07, -0.08],
];

let backend: Backend;
beforeEach(async () => {
  backend = await createNaiveBackend();
  setBackend(backend);
});
afterEach(() => {
  setBackend(undefined);
  expect(backend.memory()).toEqual({ buffers: 0, bytes: 0 });
  backend.dispose();
});

/** Does something with a table quantized from four rows. */
async function withSmall(kind: QuantizedKind, work: (small: EmbeddingTable) => Promise<void>): Promise<void> {
  const table = EmbeddingTable.from(rows, { backend });
  const small = await table.quantize(kind);
  table.dispose();
  try {
    await work(small);
  } finally {
    small.dispose();
  }
}

describe.each(kinds)("a table quantized to %s", (kind) => {
  it("looks rows up, in bags too, and searches, near to what the floats were", () =>
    withSmall(kind, async (small) => {
      const all = await small.read();
      expect(all.shape).toEqual([4, 2]);
      rows.flat().forEach((value, i) => expect(Math.abs((all.data[i] as number) - value)).toBeLessThan(0.006));
      expect((await small.lookup([[3], [0]])).toArray()).toEqual([[(all.toArray() as number[][])[3]], [(all.toArray() as number[][])[0]]]);
      const bag = await small.lookupBags({ ids: [[1, 2], [], [3]], mode: "mean", weights: [[1, 3], [], [2]] });
      expect(bag.at(0, 0)).toBeCloseTo((all.at(1, 0) + 3 * all.at(2, 0)) / 4, 7);
      expect(bag.slice(1).toArray()).toEqual([
        [0, 0],
        [expect.closeTo(all.at(3, 0), 7), expect.closeTo(all.at(3, 1), 7)],
      ]);
      expect((await small.lookupBags({ ids: [[0, 3]], mode: "max" })).toArray()).toEqual([[all.at(3, 0), all.at(0, 1)]]);
      expect((await small.mostSimilar(0, { k: 1 }))[0]?.id).toBe(3);
      const out = small.allocate(1);
      await small.lookup([2], { out });
      expect(Array.from(out.data)).toEqual(Array.from(all.slice(2, 3).data));
      if ("dispose" in out) (out as unknown as { dispose(): void }).dispose();
    }));

  it("says what it is, and gives floats back", () =>
    withSmall(kind, async (small) => {
      expect(small.quantization).toEqual(kind === "int4" ? { kind, blockSize: 128 } : { kind });
      const floats = await small.dequantize();
      expect(floats.quantization).toBeUndefined();
      expect((await floats.read()).equals(await small.read())).toBe(true);
      await floats.setRows([0], [[1, 2]]);
      floats.dispose();
    }));

  it("can neither be set, resized, quantized again nor read as one tensor", () =>
    withSmall(kind, async (small) => {
      const before = await small.read();
      const remedy = `The rows of "embeddings" are quantized to ${kind}: they can be looked up, but neither trained nor set. Keep the float table for that, or make float rows of them with dequantize().`;
      await expect(small.setRows([0], [[1, 2]])).rejects.toThrow(new UnsupportedOpError(remedy));
      await expect(small.quantize("int8")).rejects.toThrow(UnsupportedOpError);
      expect(() => small.resize(9)).toThrow(UnsupportedOpError);
      expect(() => small.variable.assign(NDArray.zeros([4, 2]))).toThrow(UnsupportedOpError);
      expect(() => small.tensor).toThrow(UnsupportedOpError);
      expect((await small.read()).equals(before)).toBe(true);
    }));

  it("is used by frozen layers, and its training is an error that names the remedy", () =>
    withSmall(kind, async (small) => {
      const embedding = new Embedding({ table: small, inputLength: 2 });
      const model = new Sequential([embedding, new Flatten(), new Dense({ units: 1 })]);
      model.compile({ optimizer: "adam", loss: "mse" });
      const x = [[1, 2]];
      await expect(model.fit(x, [[1]], { epochs: 1, verbose: 0 })).rejects.toThrow(UnsupportedOpError);
      const before = await small.read();
      embedding.trainable = false;
      await model.fit(x, [[1]], { epochs: 1, verbose: 0 });
      expect((await small.read()).equals(before)).toBe(true);
      await expect(async () => embedding.setWeights([rows])).rejects.toThrow(UnsupportedOpError);
      expect((await embedding.getWeights())[0]?.equals(before)).toBe(true);
      model.dispose();
    }));

  it("gives gradients to weights of bags, and an error to who wants those of its rows", () =>
    withSmall(kind, async (small) => {
      const weights = new Variable({ name: "weights", shape: [4], initializer: getInitializer("ones") });
      weights.materialize(backend);
      const gradient = scope(() => {
        const tape = new GradientTape();
        const target = tape.record(() =>
          ops.sum(
            ops.lookupBags(small, {
              ids: [
                [0, 1],
                [2, 3],
              ],
              mode: "sum",
              weights: weights.value,
            }),
          ),
        );
        expect(() => tape.gradient(target, [small.variable])).toThrow(UnsupportedOpError);
        return tape.gradient(target, [weights])[0] as Tensor;
      });
      const all = await small.read();
      (await gradient.read()).data.forEach((value, row) => expect(value).toBeCloseTo(all.at(row, 0) + all.at(row, 1), 7));
      gradient.dispose();
      weights.dispose();
    }));

  it("gives maxima inside of a tape", () =>
    withSmall(kind, async (small) => {
      const expected = await small.lookupBags({
        ids: [
          [0, 1],
          [2, 3],
        ],
        mode: "max",
      });
      const layer = new EmbeddingBag({ table: small, mode: "max" });
      const maxima = scope(() =>
        new GradientTape().record(
          () =>
            layer.apply(
              tensor(
                [
                  [0, 1],
                  [2, 3],
                ],
                { dtype: "int32" },
              ),
            ).output,
        ),
      );
      expect((await maxima.read()).equals(expected)).toBe(true);
      maxima.dispose();
    }));
});

it("a quantized table takes a quarter of the memory, and the other one stays as it is", async () => {
  const table = EmbeddingTable.create({ inputDim: 100, outputDim: 64, backend, seed: 1 });
  const before = await table.read();
  const { bytes } = backend.memory();
  const sizes: number[] = [];
  for (const kind of kinds) {
    const small = await table.quantize(kind);
    sizes.push(backend.memory().bytes - bytes);
    small.dispose();
  }
  expect(sizes).toEqual([100 * 68, 100 * (32 + 5), 100 * 128, 100 * 128]);
  expect((await table.read()).equals(before)).toBe(true);
  table.dispose();
});

it("rows that training left behind are brought up to date first", async () => {
  const embedding = new Embedding({ inputDim: 4, outputDim: 2, inputLength: 1, weights: rows });
  const model = new Sequential([embedding, new Flatten(), new Dense({ units: 1 })]);
  model.compile({ optimizer: "adam", loss: "mse" });
  await model.fit([[1]], [[1]], { epochs: 1, verbose: 0 });
  await model.fit([[2]], [[1]], { epochs: 3, verbose: 0 });
  const small = await embedding.table.quantize("float16");
  const floats = await embedding.table.read();
  expect(floats.at(1, 0)).not.toBe(Math.fround(0.03));
  (await small.read()).data.forEach((value, i) => expect(value).toBeCloseTo(floats.data[i] as number, 4));
  small.dispose();
  await model.fit([[1]], [[1]], { epochs: 1, verbose: 0 });
  model.dispose();
});

it("a layer is quantized in place, as in Keras, for all that share its table", async () => {
  const embedding = new Embedding({ inputDim: 4, outputDim: 2, inputLength: 1, weights: rows });
  const model = new Sequential([embedding, new Flatten(), new Dense({ units: 1 })]);
  model.compile({ optimizer: "adam", loss: "mse" });
  await model.fit([[1]], [[1]], { epochs: 2, verbose: 0 });
  const before = (await model.predict([[1], [3]], { verbose: 0 })).toArray() as number[][];
  const { bytes } = backend.memory();
  await embedding.quantize("int8");
  expect(backend.memory().bytes).toBe(bytes - 32 + 8 + 16);
  const after = (await model.predict([[1], [3]], { verbose: 0 })).toArray() as number[][];
  after.flat().forEach((value, i) => expect(value).toBeCloseTo(before.flat()[i] as number, 3));
  expect(embedding.table.quantization).toEqual({ kind: "int8" });
  expect(model.countParams()).toBe(11);
  await expect(model.fit([[1]], [[1]], { epochs: 1, verbose: 0 })).rejects.toThrow(UnsupportedOpError);
  await expect(embedding.quantize("int4")).rejects.toThrow(UnsupportedOpError);
  model.dispose();
});

describe("quantize", () => {
  it.each([
    ["int16", {}, '`kind` must be one of int8, int4, float16, bfloat16. Received: kind="int16".'],
    ["int4", { blockSize: 0 }, "`blockSize` must be a positive integer. Received: blockSize=0 (of type number)."],
    ["int8", { blockSize: 64 }, '`blockSize` is an option of "int4". Received: blockSize=64 for kind="int8". Leave it out.'],
  ])("refuses %s with %j", async (kind, options, message) => {
    const table = EmbeddingTable.from(rows, { backend });
    await expect(table.quantize(kind as QuantizedKind, options)).rejects.toThrow(new InvalidArgumentError(message));
    await expect(table.quantizedData()).rejects.toThrow(UnsupportedOpError);
    table.dispose();
  });

  it("needs a backend that holds bytes", async () => {
    const poor = Object.create(backend, {
      capabilities: { value: { ...backend.capabilities, dtypes: ["float32", "int32", "bool"] } },
    }) as Backend;
    const data = { kind: "int8", outputDim: 1, data: new NDArray(Int8Array.of(1), [1, 1]), scale: NDArray.from([1]) } as const;
    expect(() => EmbeddingTable.fromQuantized(data, { backend: poor })).toThrow(UnsupportedOpError);
    await Promise.resolve();
  });
});

describe("stored values", () => {
  const data = new NDArray(Int8Array.of(64, -127, 95, 127), [2, 2]);
  const scale = NDArray.from([127, 3174.992]);

  it("of Keras make a table", async () => {
    const table = EmbeddingTable.fromQuantized({ kind: "int8", outputDim: 2, data, scale }, { backend, name: "words" });
    expect((await table.lookup([1, 0])).data).toEqual(
      Float32Array.of(95 / Math.fround(3174.992), 127 / Math.fround(3174.992), 64 / 127, -1),
    );
    expect(table.variable.name).toBe("words");
    table.dispose();
  });

  it.each([
    ["another dtype", { data: NDArray.zeros([2, 2], "uint8"), scale }, DTypeError],
    ["rows of another length", { data: new NDArray(new Int8Array(6), [2, 3]), scale }, ShapeMismatchError],
    ["too few scales", { data, scale: NDArray.from([1]) }, ShapeMismatchError],
    ["no scales", { data }, InvalidArgumentError],
    ["zero points of int8", { data, scale, zero: new NDArray(new Int8Array(2), [2, 1]) }, InvalidArgumentError],
    ["no rows", { data: new NDArray(new Int8Array(0), [0, 2]), scale: NDArray.zeros([0]) }, ShapeMismatchError],
  ])("with %s are refused", (_name, arrays, error) => {
    expect(() => EmbeddingTable.fromQuantized({ kind: "int8", outputDim: 2, ...arrays }, { backend })).toThrow(error);
  });
});
