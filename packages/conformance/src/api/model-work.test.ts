import { beforeEach, describe, expect, test } from "vitest";
import {
  Activation,
  Callback,
  Dense,
  Dropout,
  EarlyStopping,
  Embedding,
  Flatten,
  GlobalAveragePooling1D,
  Input,
  LambdaCallback,
  NotBuiltError,
  Sequential,
  TerminateOnNaN,
  setWarningHandler,
} from "@rowan/api";
import type { NestedArray } from "@rowan/api";
import { bits, classifier, prepareDesk, x, y } from "./classifier.ts";
import type { Desk } from "./classifier.ts";

let desk: Desk;

beforeEach(async () => {
  desk = await prepareDesk();
});

describe("Sequential", () => {
  test("takes sequences of another length where the length was never declared", async () => {
    const model = new Sequential([new Embedding({ inputDim: 10, outputDim: 3 }), new GlobalAveragePooling1D()]);
    expect(model.built).toBe(false);
    expect(() => model.countParams()).toThrow(NotBuiltError);
    expect((await model.predict([[1, 2]], { verbose: 0 })).shape).toEqual([1, 3]);
    expect((await model.predict([[1, 2, 3]], { verbose: 0 })).shape).toEqual([1, 3]);
  });

  test("starts anew when every layer was popped", async () => {
    const model = new Sequential([new Embedding({ inputDim: 10, outputDim: 3, inputLength: 2 })]);
    model.pop();
    expect(() => model.pop()).toThrow("There are no layers in the model to remove.");
    await expect(model.predict([[1]], { verbose: 0 })).rejects.toThrow(/has no layers/);
    model.add(new Embedding({ inputDim: 4, outputDim: 2 }));
    expect((await model.predict([[1, 2, 3]], { verbose: 0 })).shape).toEqual([1, 3, 2]);
  });

  test("nests, and is built at once where the inner model is", () => {
    const inner = new Sequential([new Embedding({ inputDim: 10, outputDim: 3, inputLength: 2 })], { name: "words" });
    const model = new Sequential([inner, new Flatten(), new Dense({ units: 1 })]);
    expect([model.built, model.inputShape, model.outputShape]).toEqual([true, [null, 2], [null, 1]]);
    const again = Sequential.fromConfig(JSON.parse(JSON.stringify(model.getConfig())) as Record<string, unknown>);
    expect(again.summaryText({ expandNested: true })).toBe(model.summaryText({ expandNested: true }));
  });

  test("refuses an Input that its first layer contradicts", () => {
    expect(() => new Sequential([Input({ shape: [3] }), new Embedding({ inputDim: 4, outputDim: 2, inputLength: 2 })])).toThrow(
      /announces another input than the model's Input/,
    );
  });

  test("comes back from its configuration", () => {
    const model = new Sequential([
      new Embedding({
        inputDim: 10,
        outputDim: 3,
        inputLength: 4,
        maskZero: true,
        embeddingsRegularizer: "l2",
        embeddingsConstraint: "unit_norm",
      }),
      new GlobalAveragePooling1D(),
      new Dropout({ rate: 0.5, seed: 3 }),
      new Dense({ units: 2, useBias: false, kernelInitializer: "he_normal" }),
      new Activation("softmax"),
    ]);
    const config = JSON.parse(JSON.stringify(model.getConfig())) as Record<string, unknown>;
    const again = Sequential.fromConfig(config);
    expect(again.getConfig()).toEqual(model.getConfig());
    expect(again.summaryText()).toBe(model.summaryText());
  });

  test("says once that a mask ends", async () => {
    const told: string[] = [];
    setWarningHandler((message) => told.push(message));
    const model = new Sequential([new Embedding({ inputDim: 10, outputDim: 3, inputLength: 2, maskZero: true }), new Flatten()]);
    await model.predict(x, { verbose: 0 });
    await model.predict(x, { verbose: 0 });
    setWarningHandler(undefined);
    expect(told).toEqual([
      "Layer 'flatten' (of type Flatten) was passed an input with a mask attached to it. However, this layer does not support masking and will therefore destroy the mask information. Downstream layers will not see the mask.",
    ]);
  });
});

describe("what is printed", () => {
  const steady = (text: string): string => text.replace(/\d+(?:us|ms|s)\b/g, "#");

  test("nothing, a bar, or a line an epoch", async () => {
    const model = classifier();
    await model.fit(x, y, { verbose: 0, epochs: 2 });
    expect(desk.printed).toBe("");
    await model.fit(x, y, { epochs: 2, batchSize: 2 });
    expect(steady(desk.printed)).toMatch(
      /^Epoch 1\/2\n2\/2 \[={30}\] - # #\/step - loss: 0\.\d{4} - accuracy: \d\.\d{4}\nEpoch 2\/2\n2\/2 \[={30}\] - # #\/step - loss: 0\.\d{4} - accuracy: \d\.\d{4}\n$/,
    );
    desk.printed = "";
    await model.fit(x, y, { verbose: 2, validationData: [x, y] });
    expect(steady(desk.printed)).toMatch(
      /^1\/1 - # - loss: 0\.\d{4} - accuracy: \d\.\d{4} - val_loss: 0\.\d{4} - val_accuracy: \d\.\d{4} - #\/epoch - #\/step\n$/,
    );
    desk.printed = "";
    await model.predict(x);
    expect(steady(desk.printed)).toMatch(/^1\/1 \[={30}\] - # #\/step\n$/);
  });

  test("a loss that became NaN is named, and can end the training", async () => {
    const model = classifier();
    const history = await model.fit(x, [NaN, 1, 0, 1], { epochs: 3, callbacks: [new TerminateOnNaN()] });
    expect(desk.printed).toContain("loss: nan");
    expect(desk.printed).toContain("Batch 0: Invalid loss, terminating training\n");
    expect(history.epoch).toEqual([0]);
  });
});

describe("training", () => {
  test("sets the last samples aside, before shuffling", async () => {
    const model = classifier();
    const history = await model.fit(x, y, { validationSplit: 0.25, verbose: 0, epochs: 1 });
    const [loss] = await model.evaluate([x[3] as number[]], [1], { verbose: 0 });
    expect(history.history["val_loss"]?.[0]).toBeCloseTo(loss as number, 6);
    expect(history.params).toMatchObject({ epochs: 1, steps: 1 });
  });

  test("EarlyStopping brings the best weights back", async () => {
    const model = classifier();
    const seen: NestedArray[][] = [];
    const losses = [3, 1, 2, 2, 2];
    class Record extends Callback {
      override async onEpochEnd(epoch: number): Promise<void> {
        seen[epoch] = await bits(model);
      }
    }
    class Fake extends EarlyStopping {
      override async onEpochEnd(epoch: number): Promise<void> {
        await super.onEpochEnd(epoch, { loss: losses[epoch] as number });
      }
    }
    const stop = new Fake({ monitor: "loss", patience: 2, restoreBestWeights: true });
    const history = await model.fit(x, y, { epochs: 5, verbose: 0, callbacks: [new Record(), stop] });
    expect([history.epoch.length, stop.stoppedEpoch, stop.bestEpoch]).toEqual([4, 3, 1]);
    expect(await bits(model)).toEqual(seen[1]);
    expect(seen[3]).not.toEqual(seen[1]);
  });
});

describe("runs beside each other", () => {
  test("an evaluation during a fit changes neither's metrics", async () => {
    const alone = classifier();
    const beside = classifier();
    await beside.setWeights(await alone.getWeights());
    const options = { epochs: 3, batchSize: 1, shuffle: false, verbose: 0 } as const;
    const expected = await alone.fit(x, y, options);
    const seen: number[] = [];
    const looking = new LambdaCallback({
      onTrainBatchEnd: async () => {
        const [, accuracy] = await beside.evaluate([x[0] as number[]], [0], { verbose: 0 });
        seen.push(accuracy as number);
      },
    });
    const actual = await beside.fit(x, y, { ...options, callbacks: [looking] });
    expect(actual.history).toEqual(expected.history);
    expect(seen.every((accuracy) => accuracy === 0 || accuracy === 1)).toBe(true);
  });

  test("a callback sees each batch of a validation, and may end the training there", async () => {
    const model = classifier();
    const seen: (readonly [number, string])[] = [];
    const watching = new LambdaCallback({
      onTestBatchEnd: async (batch, logs) => {
        seen.push([batch, Object.keys(logs).join(" ")]);
        if (seen.length === 3) throw new Error("enough");
      },
    });
    const options = { epochs: 5, verbose: 0, validationData: [x.slice(0, 2), y.slice(0, 2)], validationBatchSize: 1 } as const;
    await expect(model.fit(x, y, { ...options, callbacks: [watching] })).rejects.toThrow("enough");
    expect(seen).toEqual([0, 1, 0].map((batch) => [batch, "loss accuracy"]));
  });

  test("what is monitored is understood in camelCase", async () => {
    const model = classifier();
    const history = await model.fit(x, y, {
      epochs: 50,
      verbose: 0,
      validationData: [x, y],
      callbacks: [new EarlyStopping({ monitor: "valLoss", minDelta: 10 })],
    });
    expect(history.epoch).toEqual([0, 1]);
  });
});

test("targets that are no class are named", async () => {
  const model = new Sequential([
    new Embedding({ inputDim: 10, outputDim: 3, inputLength: 2 }),
    new Flatten(),
    new Dense({ units: 3, activation: "softmax" }),
  ]);
  model.compile({ loss: "sparseCategoricalCrossentropy" });
  await expect(model.fit(x, [0, 7, 1, -1], { verbose: 0 })).rejects.toThrow(
    "Targets must be class numbers from 0 to 2. Received: 7 at position 1 of targets of shape (4,); 2 are invalid.",
  );
});
