import { EmbeddingTable, SGD, setWarningHandler, tensor } from "@rowan/api";
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
