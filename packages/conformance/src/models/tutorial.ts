import { Adam, Dense, Embedding, Flatten, Sequential } from "@rowan/api";
import type { NDArray } from "@rowan/api";
import { expect } from "vitest";
import type { ApiGroup } from "../suite/describe-groups.ts";
import { reviewModel, reviews } from "./samples.ts";

/** What a first program does. */
export const tutorial: ApiGroup = {
  name: "tutorial",
  cases: () => [
    {
      name: "ten words, four numbers each: predict gives the rows of the ids",
      async run(backend) {
        const embedding = new Embedding({ inputDim: 10, outputDim: 4, inputLength: 2 });
        const model = new Sequential([embedding], { backend });
        model.compile({ optimizer: "adam", loss: "mse" });
        expect(model.summaryText()).toContain(" embedding (Embedding)       (None, 2, 4)              40        ");
        const pred = await model.predict([[1, 2]], { verbose: 0 });
        const [matrix] = (await embedding.getWeights()) as [NDArray];
        expect(pred.shape).toEqual([1, 2, 4]);
        expect(pred.reshape([2, 4]).equals(matrix.slice(1, 3))).toBe(true);
        expect(Math.max(...matrix.data)).toBeLessThanOrEqual(0.05);
        expect(Math.min(...matrix.data)).toBeGreaterThanOrEqual(-0.05);
        model.dispose();
      },
    },
    {
      name: "vectors of one's own come back bit for bit",
      async run(backend) {
        const mine = Array.from({ length: 10 }, (_, row) => Array.from({ length: 4 }, (_, column) => row + column / 8));
        const embedding = new Embedding({ inputDim: 10, outputDim: 4, inputLength: 2 });
        const model = new Sequential([embedding], { backend });
        await embedding.setWeights([mine]);
        expect((await model.predict([[9, 3]], { verbose: 0 })).toArray()).toEqual([[mine[9], mine[3]]]);
        expect((await embedding.table.lookup([7])).toArray()).toEqual([mine[7]]);
        model.dispose();
      },
    },
    {
      name: "learns ten reviews",
      async run(backend) {
        const model = reviewModel(backend, { optimizer: new Adam({ learningRate: 0.05 }) });
        const { x, y } = reviews;
        const history = await model.fit(x, y, { epochs: 30, verbose: 0 });
        expect(history.history["accuracy"]?.at(-1)).toBe(1);
        expect(history.history["loss"]?.at(-1)).toBeLessThan(0.1);
        const [loss, accuracy] = await model.evaluate(x, y, { verbose: 0 });
        expect(accuracy).toBe(1);
        expect(loss).toBeLessThan(history.history["loss"]?.at(-1) ?? 0);
        model.dispose();
      },
    },
    {
      name: "a seed gives the same model, and the same training, twice",
      async run(backend) {
        const runs: NDArray[][] = [];
        for (let i = 0; i < 2; i++) {
          const model = new Sequential(
            [
              new Embedding({
                inputDim: 50,
                outputDim: 8,
                inputLength: 4,
                embeddingsInitializer: { className: "RandomUniform", config: { seed: 7 } },
              }),
              new Flatten(),
              new Dense({ units: 1, kernelInitializer: { className: "GlorotUniform", config: { seed: 8 } } }),
            ],
            { backend },
          );
          model.compile({ optimizer: "adam", loss: "mse" });
          await model.fit(reviews.x, reviews.y, { epochs: 3, batchSize: 3, seed: 5, verbose: 0 });
          runs.push(await model.getWeights());
          model.dispose();
        }
        const [first = [], second = []] = runs;
        if (backend.capabilities.deterministic) first.forEach((weight, index) => expect(second[index]?.data).toEqual(weight.data));
        else first.forEach((weight, index) => weight.data.forEach((value, at) => expect(second[index]?.data[at]).toBeCloseTo(value, 5)));
      },
    },
  ],
};
