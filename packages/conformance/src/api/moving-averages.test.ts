import { EmbeddingTable, NDArray, NonNeg, SGD, Variable, setWarningHandler, tensor } from "@rowan/api";
import { expect, test } from "vitest";
import { createNaiveBackend } from "../naive/create-naive-backend.ts";

test("moving averages follow a table that is resized: rows that stay keep theirs, a new row starts from itself", async () => {
  // That each update sweeps the table is known here.
  setWarningHandler(() => undefined);
  const backend = await createNaiveBackend();
  const table = EmbeddingTable.from([[1], [2]], { backend });
  table.variable.materialize(backend);
  const optimizer = new SGD({ learningRate: 1, useEma: true, emaMomentum: 0.5, sparseUpdate: "dense" });
  const step = async (): Promise<void> => {
    const ones = tensor(
      Array.from({ length: table.inputDim }, () => [1]),
      { backend },
    );
    await optimizer.apply([ones], [table.variable]);
    ones.dispose();
  };
  await step();
  table.resize(3);
  await step();
  optimizer.finalizeVariables([table.variable]);
  expect([...(await table.read()).data]).toEqual([-0.5, 0.5, -0.5]);
  table.resize(1);
  await step();
  optimizer.finalizeVariables([table.variable]);
  expect([...(await table.read()).data]).toEqual([-1]);
  optimizer.dispose();
  table.dispose();
  expect(backend.memory()).toEqual({ buffers: 0, bytes: 0 });
});

test("in each update all variables are averaged, those without a gradient too, and projected afterwards: Keras' order", async () => {
  const backend = await createNaiveBackend();
  const kernel = new Variable({ name: "kernel", shape: [2, 2], constraint: new NonNeg() });
  const bias = new Variable({ name: "bias", shape: [1] });
  kernel.assign(
    NDArray.from([
      [0.5, -0.25],
      [0.125, 0.75],
    ]),
  );
  bias.assign(NDArray.from([1]));
  const variables = [kernel, bias];
  for (const variable of variables) variable.materialize(backend);
  const optimizer = new SGD({ learningRate: 0.5, useEma: true, emaMomentum: 0.5, emaOverwriteFrequency: 3 });
  for (let step = 0; step < 5; step++) {
    const size = step % 2 === 0 ? 0.25 : 1;
    const gradient = tensor(
      [
        [size, -size],
        [size / 2, size / 4],
      ],
      { backend },
    );
    const one = tensor([1], { backend });
    await optimizer.apply([gradient, step % 2 === 0 ? null : one], variables);
    gradient.dispose();
    one.dispose();
  }
  const numbers = async (values: readonly ({ read(): Promise<NDArray> } | undefined)[]): Promise<unknown> =>
    Promise.all(values.map(async (value) => Array.from((await value?.read())?.data ?? [], (x) => x + 0)));
  // By Keras 3.15, on PyTorch.
  expect(await numbers(variables)).toEqual([[0, 1.03125, 0, 0.453125], [0.125]]);
  expect(await numbers(variables.map((variable) => optimizer.stateOf(variable)?.average))).toEqual([
    [-0.1875, 0.84375, -0.109375, 0.5],
    [0.25],
  ]);
  optimizer.dispose();
  for (const variable of variables) variable.dispose();
  expect(backend.memory()).toEqual({ buffers: 0, bytes: 0 });
});

test("a variable that joins later has been its initial value until then", async () => {
  const backend = await createNaiveBackend();
  const [first, late] = ["first", "late"].map((name) => new Variable({ name, shape: [1], initializer: "ones" })) as [Variable, Variable];
  first.materialize(backend);
  late.materialize(backend);
  const optimizer = new SGD({ learningRate: 1, useEma: true, emaMomentum: 0.75 });
  const gradient = tensor([1], { backend });
  await optimizer.apply([gradient], [first]);
  await optimizer.apply([gradient], [late]);
  optimizer.finalizeVariables([first, late]);
  expect([...(await late.read()).data]).toEqual([0.75]);
  gradient.dispose();
  optimizer.dispose();
  for (const variable of [first, late]) variable.dispose();
});
