import { Embedding, Sequential, setBackend, setRandomSeed } from "@rowan/api";
import { createCpuBackend } from "@rowan/backend-cpu";

/** The tutorial: ten words, four numbers each. */
export async function main(): Promise<void> {
  setBackend(await createCpuBackend());
  setRandomSeed(1);
  const embedding = new Embedding({ inputDim: 10, outputDim: 4, inputLength: 2, name: "embedding" });
  const model = new Sequential([embedding], { name: "sequential" });
  model.compile({ optimizer: "adam", loss: "mse" });
  model.summary();
  const pred = await model.predict([[1, 2]]);
  console.log(String(pred));
  const [matrix] = await embedding.getWeights();
  console.log(String(matrix));
}
