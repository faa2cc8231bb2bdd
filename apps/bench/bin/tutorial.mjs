// What `rowan bench start` runs in a process of its own: import, the tutorial's model, its first prediction.
import { Embedding, Sequential, setBackend } from "@rowan/api";
import { createCpuBackend } from "@rowan/backend-cpu";

setBackend(await createCpuBackend());
const model = new Sequential([new Embedding({ inputDim: 10, outputDim: 4, inputLength: 2 })]);
model.compile({ optimizer: "adam", loss: "mse" });
const prediction = await model.predict([[1, 2]], { verbose: 0 });
if (prediction.size !== 8) throw new Error("the tutorial's prediction must have 8 values");
