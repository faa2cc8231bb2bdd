import { Dense, Embedding, EmbeddingTable, GlobalAveragePooling1D, Sequential, TextVectorization, setBackend } from "@rowan/api";
import { createCpuBackend } from "@rowan/backend-cpu";

setBackend(await createCpuBackend());
const table = EmbeddingTable.create({ inputDim: 10_000, outputDim: 64, seed: 1 });
const rows = await table.lookup([3, 1, 4, 1]);
console.log(`Four rows of 64 values: (${rows.shape.join(", ")})`);

const reviews = ["a great film", "great fun", "a dull film", "dull and long"];
const words = new TextVectorization({ outputSequenceLength: 4 });
words.adapt(reviews);
const embedding = new Embedding({ inputDim: words.vocabularySize(), outputDim: 4, maskZero: true });
const model = new Sequential([embedding, new GlobalAveragePooling1D(), new Dense({ units: 1, activation: "sigmoid" })]);
model.compile({ optimizer: "adam", loss: "binaryCrossentropy" });
await model.fit(words.apply(reviews), [1, 1, 0, 0], { epochs: 300, verbose: 0 });
const scores = await model.predict(words.apply(["what great fun", "a long film"]), { verbose: 0 });
console.log(`The first is ${scores.at(0, 0) > 0.5 ? "praise" : "blame"}, the second is ${scores.at(1, 0) > 0.5 ? "praise" : "blame"}`);
