import { beforeEach, describe, expect, test } from "vitest";
import { EmbeddingTable, NDArray, setBackend } from "@rowan/api";
import type { Backend } from "@rowan/api";
import { createNaiveBackend } from "../naive/create-naive-backend.ts";

let backend: Backend;

beforeEach(async () => {
  backend = await createNaiveBackend();
  setBackend(backend);
});

describe("mostSimilar", () => {
  const table = (): EmbeddingTable =>
    EmbeddingTable.from([
      [1, 0],
      [2, 0],
      [1, 1],
      [-1, 0],
      [0, 0],
      [2, 0],
    ]);

  test.each([
    [
      "cosine",
      [
        [1, 1],
        [5, 1],
        [2, Math.SQRT1_2],
        [4, 0],
        [3, -1],
      ],
    ],
    [
      "dot",
      [
        [1, 2],
        [5, 2],
        [2, 1],
        [4, 0],
        [3, -1],
      ],
    ],
    [
      "euclidean",
      [
        [1, 1],
        [2, 1],
        [4, 1],
        [5, 1],
        [3, 2],
      ],
    ],
  ] as const)("by %s: the best first, equals by their number, itself left out", async (metric, expected) => {
    const found = await table().mostSimilar(0, { metric });
    expect(found.map(({ id }) => id)).toEqual(expected.map(([id]) => id));
    found.forEach(({ score }, i) => expect(score).toBeCloseTo(expected[i]?.[1] ?? NaN, 6));
  });

  test("cosines are the same again and again, follow the table when it changes, and leave nothing behind", async () => {
    const before = backend.memory();
    const own = table();
    const first = await own.mostSimilar([1, 0.3]);
    for (let i = 0; i < 3; i++) expect(await own.mostSimilar([1, 0.3])).toEqual(first);
    await own.setRows(
      [0, 3],
      [
        [0, 5],
        [1, 0.3],
      ],
    );
    const after = await own.mostSimilar([1, 0.3], { k: 1 });
    expect(after[0]?.id).toBe(3);
    expect(after[0]?.score).toBeCloseTo(1, 6);
    expect(await own.mostSimilar([1, 0.3], { k: 1 })).toEqual(after);
    own.dispose();
    expect(backend.memory()).toEqual(before);
  });

  test.each([
    ["an array of ids", null],
    ["an array of ids", 3],
    ["exclude[1]=6", [0, 6]],
    ["exclude[0]=-1", [-1]],
    ["exclude[0]=0.5", [0.5]],
    ['exclude[0]="whale"', ["whale"]],
  ])("refuses to leave out what is no row: %s", async (message, exclude) => {
    await expect(table().mostSimilar(0, { exclude: exclude as number[] })).rejects.toThrow(message);
  });

  test("takes a vector, k and exclude", async () => {
    const found = await table().mostSimilar([1, 0.9], { k: 2, exclude: [2] });
    expect(found.map(({ id }) => id)).toEqual([0, 1]);
    expect(await table().mostSimilar(0, { exclude: [0, 1, 2, 3, 4, 5] })).toEqual([]);
  });

  test("takes several queries, as ids or as vectors, each answered as if it were alone", async () => {
    const vectorsOf = [
      [1, 0.9],
      [-1, 3],
    ];
    for (const metric of ["cosine", "dot", "euclidean"] as const) {
      const options = { k: 3, metric, exclude: [4] };
      const alone = async (queries: readonly (number | number[])[]): Promise<unknown> =>
        Promise.all(queries.map((query) => table().mostSimilar(query, options)));
      const byId = await alone([5, 0, 5]);
      expect(await table().mostSimilarBatch([5, 0, 5], options)).toEqual(byId);
      expect(await table().mostSimilarBatch(Int32Array.of(5, 0, 5), options)).toEqual(byId);
      expect(await table().mostSimilarBatch(NDArray.from([5, 0, 5], "int32"), options)).toEqual(byId);
      const byVector = await alone(vectorsOf);
      expect(await table().mostSimilarBatch(vectorsOf, options)).toEqual(byVector);
      expect(await table().mostSimilarBatch(NDArray.from(vectorsOf), options)).toEqual(byVector);
    }
    expect(await table().mostSimilarBatch([])).toEqual([]);
    await expect(table().mostSimilarBatch([0, 6])).rejects.toThrow(/Received: 6 at position \[1\]/);
    await expect(table().mostSimilarBatch([[1, 2], [1]])).rejects.toThrow("A query vector must have 2 values");
    await expect(table().mostSimilarBatch(NDArray.from([1, 2]))).rejects.toThrow("Queries must be ids or vectors of shape (queries, 2)");
  });

  test("a row with a NaN is nearest to nothing", async () => {
    const found = await EmbeddingTable.from([
      [1, 0],
      [NaN, 1],
      [-1, 0],
      [0, 1],
    ]).mostSimilar(0, { metric: "dot" });
    expect(found.map(({ id }) => id)).toEqual([3, 2, 1]);
  });

  test("refuses what it cannot search for", async () => {
    await expect(table().mostSimilar(6)).rejects.toThrow(/Ids must be integers from 0 to 5\. Received: 6/);
    await expect(table().mostSimilar([1, 2, 3])).rejects.toThrow(
      "A query vector must have 2 values, like the rows of the table. Received: 3 values.",
    );
    await expect(table().mostSimilar(0, { k: 0 })).rejects.toThrow(/`k` must be a positive integer/);
    await expect(table().mostSimilar(0, { metric: "manhattan" as never })).rejects.toThrow(
      /`metric` must be one of cosine, dot, euclidean/,
    );
  });
});
