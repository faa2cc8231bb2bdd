import { BusyError, Embedding, LambdaCallback, Sequential, ops, scope, tensor } from "@rowan/api";
import type { Backend, NDArray } from "@rowan/api";
import { expect } from "vitest";
import type { ApiGroup } from "../suite/describe-groups.ts";
import { reviewModel, reviews, tellingRows, tellingTable } from "./samples.ts";

const rows = 40;
const dim = 6;
const count = 100;
const { x, y } = reviews;

/** Ids of one request; every request has others, and another number of them. */
function idsOf(request: number): number[][] {
  return Array.from({ length: 1 + (request % 5) }, (_, i) => [(request * 7 + i) % rows, (request * 3 + 2 * i) % rows]);
}

function expectRows(actual: NDArray, ids: readonly (readonly number[])[], scale: number): void {
  const all = tellingRows(rows, dim, scale).toArray() as number[][];
  expect(actual.toArray()).toEqual(ids.map((sample) => sample.map((id) => all[id])));
}

function rowsModel(backend: Backend, scale: number): Sequential {
  return new Sequential([new Embedding({ inputDim: rows, outputDim: dim, inputLength: 2, weights: tellingRows(rows, dim, scale) })], {
    backend,
  });
}

/** Calls that run at the same time do not see each other. */
export const concurrency: ApiGroup = {
  name: "concurrency",
  cases: () => [
    {
      name: "a hundred predicts of one model at once",
      async run(backend) {
        const model = rowsModel(backend, 1);
        await model.predict(idsOf(0), { verbose: 0 });
        const before = backend.memory();
        const results = await Promise.all(
          Array.from({ length: count }, (_, request) => model.predict(idsOf(request), { batchSize: 2, verbose: 0 })),
        );
        results.forEach((result, request) => {
          expectRows(result, idsOf(request), 1);
        });
        expect(backend.memory()).toEqual(before);
        model.dispose();
      },
    },
    {
      name: "a hundred predicts of three models at once, with lookups and ops in between",
      async run(backend) {
        const models = [1, 2, 4].map((scale) => ({ scale, model: rowsModel(backend, scale) }));
        const table = tellingTable(backend, rows, dim, 8);
        for (const { model } of models) await model.predict(idsOf(0), { verbose: 0 });
        await table.lookup([0]);
        const before = backend.memory();
        const work = Array.from({ length: count }, async (_, request) => {
          const { scale, model } = models[request % models.length] as (typeof models)[number];
          const ids = idsOf(request);
          const [predicted, found, total] = await Promise.all([
            model.predict(ids, { verbose: 0 }),
            table.lookup(ids),
            totalOf(request, backend),
          ]);
          expectRows(predicted, ids, scale);
          expectRows(found, ids, 8);
          expect(total).toBe(request * 3);
        });
        await Promise.all(work);
        expect(backend.memory()).toEqual(before);
        for (const { model } of models) model.dispose();
        table.dispose();
      },
    },
    {
      name: "predicts while a fit runs",
      async run(backend) {
        const model = reviewModel(backend, { optimizer: "adam" });
        await model.trainOnBatch(x, y);
        await model.predict(x, { verbose: 0 });
        const before = backend.memory();
        const training = model.fit(x, y, { epochs: 10, batchSize: 3, verbose: 0 });
        const during = await Promise.all(Array.from({ length: 20 }, () => model.predict(x, { verbose: 0 })));
        await training;
        for (const result of during) expect(result.data.every((p) => p > 0 && p < 1)).toBe(true);
        expect(backend.memory()).toEqual(before);
        model.dispose();
      },
    },
    {
      name: "a second training of a model that is being trained is a BusyError, and the first goes on",
      async run(backend) {
        const model = reviewModel(backend);
        const training = model.fit(x, y, { epochs: 3, verbose: 0 });
        await expect(model.fit(x, y, { verbose: 0 })).rejects.toThrow(BusyError);
        await expect(model.trainOnBatch(x, y)).rejects.toThrow(BusyError);
        expect(() => {
          model.compile({ loss: "mse" });
        }).toThrow(BusyError);
        expect(() => {
          model.dispose();
        }).toThrow(BusyError);
        expect((await training).epoch).toEqual([0, 1, 2]);
        expect((await model.fit(x, y, { verbose: 0 })).epoch).toEqual([0]);
        model.dispose();
      },
    },
    {
      name: "a callback may predict and evaluate, and may not train",
      async run(backend) {
        const model = reviewModel(backend);
        const seen: number[] = [];
        const callback = new LambdaCallback({
          onEpochEnd: async () => {
            seen.push((await model.predict(x, { verbose: 0 })).size);
            await expect(model.fit(x, y, { verbose: 0 })).rejects.toThrow(BusyError);
          },
        });
        await model.fit(x, y, { epochs: 2, callbacks: [callback], verbose: 0 });
        expect(seen).toEqual([10, 10]);
        model.dispose();
      },
    },
    {
      name: "two models train at once as they would one after the other",
      async run(backend) {
        const [a, b, alone] = Array.from({ length: 3 }, () => reviewModel(backend, { optimizer: "adam" })) as [
          Sequential,
          Sequential,
          Sequential,
        ];
        const options = { epochs: 4, batchSize: 3, seed: 3, verbose: 0 } as const;
        const [first, second] = await Promise.all([a.fit(x, y, options), b.fit(x, y, options)]);
        const third = await alone.fit(x, y, options);
        third.history["loss"]?.forEach((loss, epoch) => {
          expect(first.history["loss"]?.[epoch]).toBeCloseTo(loss, 5);
          expect(second.history["loss"]?.[epoch]).toBeCloseTo(loss, 5);
        });
        for (const model of [a, b, alone]) model.dispose();
      },
    },
  ],
};

/** A few ops in a scope of their own. */
async function totalOf(request: number, backend: Backend): Promise<number> {
  const total = scope(() => ops.sum(ops.multiply(tensor([request, request, request], { backend }), tensor([1, 1, 1], { backend }))));
  const value = (await total.read()).item();
  total.dispose();
  return value;
}
