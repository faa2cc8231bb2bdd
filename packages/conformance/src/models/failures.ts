import {
  DisposedError,
  IndexOutOfRangeError,
  Layer,
  LambdaCallback,
  NotCompiledError,
  Sequential,
  ShapeMismatchError,
  Embedding,
  Flatten,
  Dense,
  ops,
} from "@rowan/api";
import type { Backend, CallContext, Model, PartialShape, Tensor } from "@rowan/api";
import { expect } from "vitest";
import type { ApiCase, ApiGroup } from "../suite/describe-groups.ts";
import { reviewModel, reviews } from "./samples.ts";

const { x, y } = reviews;

/** Fails in the middle of a step, after ops of its own. */
class Fragile extends Layer {
  readonly className = "Fragile";
  broken = false;

  call(inputs: Tensor, _context: CallContext): Tensor {
    const doubled = ops.multiply(inputs, 2);
    if (this.broken) throw new Error("broken");
    return doubled;
  }

  computeOutputShape(inputShape: PartialShape): PartialShape {
    return inputShape;
  }
}

/** What fails leaves no memory behind, no weight changed, and the model usable. */
export const failures: ApiGroup = {
  name: "failures",
  cases: () => [
    fails("an id beyond the table in fit", IndexOutOfRangeError, (model) =>
      model.fit([...x.slice(1), [1, 2, 3, 50]], y, { batchSize: 2, verbose: 0 }),
    ),
    fails("a negative id in predict", IndexOutOfRangeError, (model) => model.predict([[1, 2, 3, -1]], { verbose: 0 })),
    fails("an id beyond the table in evaluate", IndexOutOfRangeError, (model) => model.evaluate([[1, 2, 3, 99]], [0], { verbose: 0 })),
    fails("sequences of another length", ShapeMismatchError, (model) => model.predict([[1, 2, 3]], { verbose: 0 })),
    fails("more targets than samples", ShapeMismatchError, (model) => model.fit(x, [...y, 1], { verbose: 0 })),
    fails("targets that no prediction has the shape of", ShapeMismatchError, (model) => model.fit(x, x, { batchSize: 3, verbose: 0 })),
    fails("targets that no prediction has the shape of, in evaluate", ShapeMismatchError, (model) => model.evaluate(x, x, { verbose: 0 })),
    fails("a callback that throws", Error, (model) =>
      model.fit(x, y, {
        verbose: 0,
        callbacks: [
          new LambdaCallback({
            onTrainBegin: () => {
              throw new Error("stop");
            },
          }),
        ],
      }),
    ),
    {
      name: "a layer that throws in the middle of a step",
      async run(backend) {
        const fragile = new Fragile();
        const model = new Sequential(
          [new Embedding({ inputDim: 50, outputDim: 3, inputLength: 4 }), fragile, new Flatten(), new Dense({ units: 1 })],
          { backend },
        );
        model.compile({ optimizer: "adam", loss: "mse" });
        await model.trainOnBatch(x, y);
        await model.predict(x, { verbose: 0 });
        const before = backend.memory();
        fragile.broken = true;
        await expect(model.fit(x, y, { verbose: 0 })).rejects.toThrow("broken");
        await expect(model.predict(x, { verbose: 0 })).rejects.toThrow("broken");
        await expect(model.evaluate(x, y, { verbose: 0 })).rejects.toThrow("broken");
        expect(backend.memory()).toEqual(before);
        fragile.broken = false;
        expect((await model.fit(x, y, { verbose: 0 })).epoch).toEqual([0]);
        expect(backend.memory()).toEqual(before);
        model.dispose();
      },
    },
    {
      name: "one bad predict among good ones at once",
      async run(backend) {
        const model = reviewModel(backend);
        const good = await model.predict(x, { verbose: 0 });
        const before = backend.memory();
        const results = await Promise.allSettled(
          Array.from({ length: 12 }, (_, i) => model.predict(i % 3 === 1 ? [[50, 0, 0, 0]] : x, { verbose: 0 })),
        );
        results.forEach((result, i) => {
          expect(result.status).toBe(i % 3 === 1 ? "rejected" : "fulfilled");
          if (result.status === "fulfilled") expect(result.value.data).toEqual(good.data);
        });
        expect(backend.memory()).toEqual(before);
        model.dispose();
      },
    },
    {
      name: "use before compile is a NotCompiledError",
      async run(backend) {
        const model = new Sequential([new Embedding({ inputDim: 5, outputDim: 2 })], { backend });
        await expect(model.fit([[1]], [[[0, 0]]], { verbose: 0 })).rejects.toThrow(NotCompiledError);
        await expect(model.evaluate([[1]], [[[0, 0]]], { verbose: 0 })).rejects.toThrow(NotCompiledError);
        expect((await model.predict([[1]], { verbose: 0 })).shape).toEqual([1, 1, 2]);
        model.dispose();
      },
    },
    {
      name: "use after dispose is a DisposedError",
      async run(backend) {
        const model = reviewModel(backend);
        const embedding = model.layers[0] as Embedding;
        await model.trainOnBatch(x, y);
        model.dispose();
        await expect(model.predict(x, { verbose: 0 })).rejects.toThrow(DisposedError);
        await expect(model.fit(x, y, { verbose: 0 })).rejects.toThrow(DisposedError);
        await expect(model.evaluate(x, y, { verbose: 0 })).rejects.toThrow(DisposedError);
        await expect(model.trainOnBatch(x, y)).rejects.toThrow(DisposedError);
        await expect(model.getWeights()).rejects.toThrow(DisposedError);
        await expect(embedding.table.lookup([1])).rejects.toThrow(DisposedError);
        expect(() => {
          model.compile({});
        }).toThrow(DisposedError);
      },
    },
    {
      name: "a predict that waits while its model is disposed is a DisposedError",
      async run(backend) {
        const model = reviewModel(backend);
        await model.predict(x, { verbose: 0 });
        const waiting = [model.predict(x, { verbose: 0 }), model.predict(x, { verbose: 0 })];
        const outcomes = Promise.allSettled(waiting);
        model.dispose();
        for (const outcome of await outcomes) {
          expect(outcome.status).toBe("rejected");
          if (outcome.status === "rejected") expect(outcome.reason).toBeInstanceOf(DisposedError);
        }
      },
    },
  ],
};

function fails(name: string, error: new (message: string) => Error, work: (model: Model) => Promise<unknown>): ApiCase {
  return {
    name,
    async run(backend: Backend) {
      const model = reviewModel(backend, { optimizer: "adam" });
      await model.trainOnBatch(x, y);
      await model.predict(x, { verbose: 0 });
      const weights = await model.getWeights();
      const before = backend.memory();
      await expect(work(model)).rejects.toThrow(error);
      expect(backend.memory(), "memory after the failure").toEqual(before);
      (await model.getWeights()).forEach((weight, index) => expect(weight.data).toEqual(weights[index]?.data));
      expect((await model.fit(x, y, { verbose: 0 })).epoch).toEqual([0]);
      model.dispose();
    },
  };
}
