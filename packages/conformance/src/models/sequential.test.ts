import { createNaiveBackend } from "../naive/create-naive-backend.ts";
import { beforeEach, describe, expect, test } from "vitest";
import { Adam, Dense, Embedding, Flatten, NDArray, Sequential, SGD, clearSession, setBackend, setPrinter } from "@rowan/api";

const w0 = [
  [0.01, -0.02],
  [0.03, 0.04],
  [-0.05, 0.06],
  [0.07, -0.08],
];

beforeEach(async () => {
  setBackend(await createNaiveBackend());
  setPrinter({ write: () => undefined, dynamic: false, colors: false });
  clearSession();
});

describe("the tutorial", () => {
  test("predicts the rows of its ids", async () => {
    const embedding = new Embedding({ inputDim: 10, outputDim: 4, inputLength: 2 });
    const model = new Sequential([embedding]);
    model.compile({ optimizer: "adam", loss: "mse" });
    expect(model.summaryText()).toContain(" embedding (Embedding)       (None, 2, 4)              40        ");
    const pred = await model.predict([[1, 2]]);
    const [matrix] = await embedding.getWeights();
    expect(pred.shape).toEqual([1, 2, 4]);
    expect(pred.reshape([2, 4]).equals((matrix as NDArray).slice(1, 3))).toBe(true);
  });
});

describe("golden steps", () => {
  test.each([
    ["adam", () => "adam", [0.03167002648, 0.04167002812], [-0.04803466424, 0.06196537614], [0.07074411213, -0.07925587893]],
    [
      "adam dense",
      () => new Adam({ sparseUpdate: "dense" }),
      [0.03167002648, 0.04167002812],
      [-0.04803466424, 0.06196537614],
      [0.07074411213, -0.07925587893],
    ],
    ["sgd", () => new SGD(), [0.03313333169, 0.04306666553], [-0.04451221973, 0.06439021975], [0.07143333554, -0.07806666195]],
  ])("%s", async (_name, optimizer, row1, row2, row3) => {
    const embedding = new Embedding({ inputDim: 4, outputDim: 2, weights: w0 });
    const model = new Sequential([embedding]);
    model.compile({ optimizer: optimizer(), loss: "mse" });
    const [loss] = await model.trainOnBatch(
      [[1, 1, 2]],
      NDArray.from([
        [
          [0.5, 0.5],
          [0.5, 0.5],
          [0.5, 0.5],
        ],
      ]),
    );
    expect(loss).toBeCloseTo(0.2268499881, 7);
    await model.trainOnBatch(
      [[3, 2, 2]],
      NDArray.from([
        [
          [0.5, 0.5],
          [0.5, 0.5],
          [0.5, 0.5],
        ],
      ]),
    );
    const [w] = await embedding.getWeights();
    const rows = (w as NDArray).toArray() as number[][];
    [row1, row2, row3].forEach((row, i) => row.forEach((value, j) => expect(rows[i + 1]?.[j]).toBeCloseTo(value, 7)));
    expect(rows[0]?.[0]).toBeCloseTo(0.01, 8);
  });
});

test("learns the tutorial's reviews", async () => {
  const model = new Sequential([
    new Embedding({ inputDim: 50, outputDim: 8, inputLength: 4 }),
    new Flatten(),
    new Dense({ units: 1, activation: "sigmoid" }),
  ]);
  model.compile({ optimizer: new Adam({ learningRate: 0.05 }), loss: "binaryCrossentropy", metrics: ["accuracy"] });
  const x = Array.from({ length: 10 }, (_, i) => [i, i + 10, i + 20, 0]);
  const y = Array.from({ length: 10 }, (_, i) => (i < 5 ? 1 : 0));
  const history = await model.fit(x, y, { epochs: 30, verbose: 0 });
  expect(history.history["accuracy"]?.at(-1)).toBe(1);
  const before = model.backend.memory();
  for (let i = 0; i < 5; i++) await model.predict(x, { verbose: 0 });
  await model.fit(x, y, { verbose: 0 });
  expect(model.backend.memory()).toEqual(before);
});
