import { beforeEach, describe, expect, test } from "vitest";
import { DisposedError, EmbeddingTable, NDArray, setBackend } from "@rowan/api";
import type { Backend, BagsInput, NestedArray } from "@rowan/api";
import { createNaiveBackend } from "../naive/create-naive-backend.ts";

let backend: Backend;
const vectors = [
  [0, 1],
  [2, 3],
  [4, -5],
  [0.5, 0.25],
];

beforeEach(async () => {
  backend = await createNaiveBackend();
  setBackend(backend);
});

const rows = (array: NDArray): NestedArray => array.toArray();

describe("making a table", () => {
  test("create draws the same rows for the same seed", async () => {
    const [a, b, c] = [7, 7, 8].map((seed) => EmbeddingTable.create({ inputDim: 5, outputDim: 3, seed })) as [
      EmbeddingTable,
      EmbeddingTable,
      EmbeddingTable,
    ];
    const [x, y, z] = await Promise.all([a.read(), b.read(), c.read()]);
    expect(x.shape).toEqual([5, 3]);
    expect(x.equals(y)).toBe(true);
    expect(x.equals(z)).toBe(false);
    expect(Math.max(...x.data)).toBeLessThanOrEqual(0.05);
  });

  test("from copies nested arrays, NDArrays and flat values with a shape", async () => {
    const flat = Float32Array.of(1, 2, 3, 4);
    const table = EmbeddingTable.from(flat, { shape: [2, 2] });
    flat[0] = 9;
    expect(rows(await table.read())).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(rows(await EmbeddingTable.from(NDArray.from(vectors)).lookup([2]))).toEqual([[4, -5]]);
  });

  test("from and setRows take lists of typed arrays, and flat ones of any kind", async () => {
    const table = EmbeddingTable.from([Float32Array.of(1, 2), Float32Array.of(3, 4), Float64Array.of(5, 6)]);
    await table.setRows([2, 0], [Float32Array.of(7, 8), Float32Array.of(9, 10)]);
    expect(rows(await table.lookup([Int32Array.of(0, 1), Int32Array.of(2, 2)]))).toEqual([
      [
        [9, 10],
        [3, 4],
      ],
      [
        [7, 8],
        [7, 8],
      ],
    ]);
    expect(rows(await EmbeddingTable.from(Float64Array.of(1, 2, 3, 4), { shape: [2, 2] }).read())).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  test.each([
    ["flat values without a shape", () => EmbeddingTable.from([1, 2, 3]), /\[rows, dim\].*Received: shape \(3,\)/],
    ["a cube", () => EmbeddingTable.from([[[1]]]), /Received: shape \(1, 1, 1\)/],
    ["no rows", () => EmbeddingTable.from([]), /Received: shape \(0,\)/],
    ["a shape that does not fit", () => EmbeddingTable.from([1, 2, 3], { shape: [2, 2] }), /must hold the 3 elements/],
    [
      "no dimension",
      () => EmbeddingTable.create({ inputDim: 0, outputDim: 2 }),
      /`inputDim` must be a positive integer\. Received: inputDim=0/,
    ],
    [
      "more rows than ids",
      () => EmbeddingTable.create({ inputDim: 2 ** 31 + 1, outputDim: 1 }),
      /`inputDim` must be at most 2147483648, since ids are 32-bit integers\. Received: inputDim=2147483649/,
    ],
    ["a fractional dimension", () => EmbeddingTable.create({ inputDim: 2, outputDim: 1.5 }), /`outputDim` must be a positive integer/],
  ])("refuses %s", (_name, make, message) => {
    expect(make).toThrow(message);
  });

  test("works without a backend until rows are looked up", async () => {
    setBackend(undefined);
    const table = EmbeddingTable.from(vectors);
    expect(table.inputDim).toBe(4);
    expect(rows(await table.read())).toEqual(vectors);
    await expect(table.lookup([1])).rejects.toThrow(/No backend is set\. .*setBackend\(await createCpuBackend\(\)\)/);
    setBackend(backend);
    expect(rows(await table.lookup([1]))).toEqual([[2, 3]]);
  });
});

describe("lookup", () => {
  test.each<[string, NestedArray, number[]]>([
    ["a number", 1, [2]],
    ["a list", [3, 1, 3], [3, 2]],
    ["a matrix", [[0, 1]], [1, 2, 2]],
    ["nothing", [], [0, 2]],
  ])("gives a row for each id of %s", async (_name, ids, shape) => {
    const result = await EmbeddingTable.from(vectors).lookup(ids);
    expect(result.shape).toEqual(shape);
    const flat = [ids].flat(3) as number[];
    expect([...result.data]).toEqual(flat.flatMap((id) => vectors[id]));
  });

  test("writes into memory of the caller's", async () => {
    const table = EmbeddingTable.from(vectors);
    const out = new Float32Array(4);
    const result = await table.lookup([1, 2], { out });
    expect(result.data).toBe(out);
    expect([...out]).toEqual([2, 3, 4, -5]);
    const allocated = table.allocate(2);
    expect(await table.lookup([0, 3], { out: allocated })).toBe(allocated);
    expect([...allocated.data]).toEqual([0, 1, 0.5, 0.25]);
    allocated.dispose();
    await expect(table.lookup([0, 3], { out: allocated })).rejects.toThrow("memory that was not given back");
    await expect(table.lookupBags({ ids: [[0], [3]] }, { out: allocated })).rejects.toThrow(DisposedError);
    await expect(table.lookup([1], { out })).rejects.toThrow(
      "`out` must have 2 elements, for a result of shape (1, 2). Received: 4 elements.",
    );
    await expect(table.lookup([1], { out: new Float64Array(2) as never })).rejects.toThrow("Received: out=Float64Array(2).");
    expect([...out]).toEqual([2, 3, 4, -5]);
  });

  test("treats invalid ids as it is told to", async () => {
    const table = EmbeddingTable.from(vectors);
    await expect(table.lookup([[0, 4]])).rejects.toThrow(
      /Ids must be integers from 0 to 3\. Received: 4 at position \[0, 1\] \(too large\)/,
    );
    expect(rows(await table.lookup([4, -1], { invalidIds: "clip" }))).toEqual([vectors[3], vectors[0]]);
    expect(rows(await table.lookup([4, 1], { invalidIds: "zero" }))).toEqual([[0, 0], vectors[1]]);
    await expect(table.lookup([1], { invalidIds: "wrap" as never })).rejects.toThrow(/`invalidIds` must be one of/);
  });

  test("gives its memory back, also when it fails", async () => {
    const table = EmbeddingTable.from(vectors);
    await table.lookup([1]);
    const before = backend.memory();
    for (let i = 0; i < 20; i++) {
      await table.lookup([[1, 2]]);
      await table.lookupBags({ ids: [[1], [2, 3]] });
      await table.mostSimilar(1);
      await table.setRows([1], [[2, 3]]);
      await expect(table.lookup([9])).rejects.toThrow();
      await expect(table.lookupBags({ ids: [[9]] })).rejects.toThrow();
      await expect(table.mostSimilar([1])).rejects.toThrow();
      await expect(table.setRows([1], [[1]])).rejects.toThrow();
    }
    expect(backend.memory()).toEqual(before);
  });
});

describe("lookupBags", () => {
  const w = [1, 2, 0.5];
  test.each<[string, BagsInput, number[][]]>([
    [
      "the mean by default",
      { ids: [[1, 2], [3]] },
      [
        [3, -1],
        [0.5, 0.25],
      ],
    ],
    [
      "a sum",
      { ids: [[1, 2], [3]], mode: "sum" },
      [
        [6, -2],
        [0.5, 0.25],
      ],
    ],
    ["a sum over the root", { ids: [[1, 2, 0, 0]], mode: "sqrtn" }, [[3, 0]]],
    [
      "a maximum",
      { ids: [[0, 2], [3]], mode: "max" },
      [
        [4, 1],
        [0.5, 0.25],
      ],
    ],
    [
      "a weighted sum",
      { ids: [[1, 2], [3]], mode: "sum", weights: w },
      [
        [10, -7],
        [0.25, 0.125],
      ],
    ],
    [
      "a weighted mean",
      { ids: [[1, 2], [3]], weights: w },
      [
        [10 / 3, -7 / 3],
        [0.5, 0.25],
      ],
    ],
    ["a weighted sum over the root", { ids: [[1, 2]], weights: [3, 4], mode: "sqrtn" }, [[22 / 5, -11 / 5]]],
    ["weights that cancel out", { ids: [[1, 2]], weights: [1, -1] }, [[0, 0]]],
    [
      "empty bags: zeros in every mode",
      { ids: [2], offsets: [0, 0, 1], mode: "max" },
      [
        [0, 0],
        [4, -5],
        [0, 0],
      ],
    ],
    ["repeated ids", { ids: [[1, 1, 2]], mode: "sum" }, [[8, 1]]],
  ])("takes %s", async (_name, bags, expected) => {
    const result = await EmbeddingTable.from(vectors).lookupBags(bags);
    expect(result.shape).toEqual([expected.length, 2]);
    expected.flat().forEach((value, i) => expect(result.data[i]).toBeCloseTo(value, 6));
  });

  test("leaves the padding id out of sum and divisor, as PyTorch's EmbeddingBag does", async () => {
    const table = EmbeddingTable.from([
      [0.01, -0.02],
      [0.03, 0.04],
      [-0.05, 0.06],
    ]);
    const result = await table.lookupBags({ ids: [1, 2, 0], offsets: [0, 2, 3], mode: "mean", paddingIdx: 0 });
    expect(result.shape).toEqual([3, 2]);
    [-0.01, 0.05, 0, 0, 0, 0].forEach((value, i) => expect(result.data[i]).toBeCloseTo(value, 7));
    const max = await table.lookupBags({ ids: [0, 1], offsets: [0, 1], mode: "max", paddingIdx: 0 });
    expect(rows(max)).toEqual([
      [0, 0],
      [Math.fround(0.03), Math.fround(0.04)],
    ]);
  });

  test("writes into memory of the caller's", async () => {
    const out = new Float32Array(2);
    await EmbeddingTable.from(vectors).lookupBags({ ids: [[1, 2]], mode: "sum" }, { out });
    expect([...out]).toEqual([6, -2]);
  });
});

describe("changing a table", () => {
  test("setRows changes these rows, or none", async () => {
    const table = EmbeddingTable.from(vectors);
    await table.setRows(
      [2, 0],
      [
        [8, 9],
        [6, 7],
      ],
    );
    const after = [
      [6, 7],
      [2, 3],
      [8, 9],
      [0.5, 0.25],
    ];
    expect(rows(await table.read())).toEqual(after);
    await expect(
      table.setRows(
        [1, 4],
        [
          [0, 0],
          [0, 0],
        ],
      ),
    ).rejects.toThrow(/Received: 4 at position \[1\]/);
    await expect(table.setRows([1, 2], [[0, 0]])).rejects.toThrow(/`rows` must have the shape \(2, 2\)/);
    await expect(
      table.setRows(
        [1, 1],
        [
          [0, 0],
          [1, 1],
        ],
      ),
    ).rejects.toThrow(/must differ from each other\. Received: 1 more than once/);
    await expect(table.setRows([1], [["a", 0]] as never)).rejects.toThrow(/Elements must be numbers/);
    expect(rows(await table.read())).toEqual(after);
    await table.setRows([], []);
  });

  test("resize keeps rows and draws new ones, before and after it has a backend", async () => {
    for (const early of [true, false]) {
      const table = EmbeddingTable.create({ inputDim: 2, outputDim: 2, seed: 3 });
      const before = await table.read();
      if (!early) await table.lookup([0]);
      table.resize(4);
      const after = await table.read();
      expect(after.shape).toEqual([4, 2]);
      expect(after.slice(0, 2).equals(before)).toBe(true);
      expect([...after.slice(2).data].every((value) => value !== 0 && Math.abs(value) <= 0.05)).toBe(true);
      table.resize(1);
      await expect(table.lookup([1])).rejects.toThrow(/from 0 to 0/);
      expect(() => {
        table.resize(0);
      }).toThrow(/`inputDim` must be a positive integer/);
      expect(table.inputDim).toBe(1);
    }
  });

  test("dispose gives the memory back and ends every use", async () => {
    const before = backend.memory();
    const table = EmbeddingTable.from(vectors, { name: "words" });
    await table.lookup([0]);
    table.dispose();
    table.dispose();
    expect(backend.memory()).toEqual(before);
    await expect(table.lookup([0])).rejects.toThrow(/"words" was disposed/);
    await expect(table.read()).rejects.toThrow(/was disposed/);
    await expect(table.setRows([0], [[1, 2]])).rejects.toThrow(/was disposed/);
    expect(() => {
      table.resize(3);
    }).toThrow(/was disposed/);
  });
});

test("memory for results has a size that can be", () => {
  const memory = EmbeddingTable.create({ inputDim: 4, outputDim: 2 });
  memory.variable.materialize();
  const before = memory.backend.memory();
  for (const count of [-1, 1.5, NaN]) expect(() => memory.allocate(count)).toThrow("`allocate` takes a number of rows");
  expect(memory.backend.memory()).toEqual(before);
});
