import { NDArray, SGD, Variable, tensor } from "@rowan/api";
import { expect, test } from "vitest";
import { createNaiveBackend } from "../naive/create-naive-backend.ts";

test("a gradient of another shape, and a rate that is none, are refused before anything is updated", async () => {
  const backend = await createNaiveBackend();
  const variable = new Variable({ name: "kernel", shape: [2, 2] });
  variable.assign(
    NDArray.from([
      [1, 2],
      [3, 4],
    ]),
  );
  variable.materialize(backend);
  const [narrow, whole] = [
    tensor([[1, 1]], { backend }),
    tensor(
      [
        [1, 1],
        [1, 1],
      ],
      { backend },
    ),
  ];
  const apply = async (optimizer: SGD, gradient: typeof whole): Promise<void> => optimizer.apply([gradient], [variable]);
  await expect(apply(new SGD(), narrow)).rejects.toThrow('the shape of its variable, (2, 2) of "kernel". Received: shape (1, 2).');
  for (const rate of [NaN, -1, "0.1" as never]) {
    await expect(apply(new SGD({ learningRate: { call: () => rate } }), whole)).rejects.toThrow(
      "`learningRate` must be a non-negative number",
    );
  }
  expect([...(await variable.read()).data]).toEqual([1, 2, 3, 4]);
  variable.dispose();
  narrow.dispose();
  whole.dispose();
});
