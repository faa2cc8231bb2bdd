import { Dense, Embedding, Flatten, Sequential, clearSession, setBackend, setPrinter, setRandomSeed } from "@rowan/api";
import type { Backend, NDArray, NestedArray } from "@rowan/api";
import { createNaiveBackend } from "../naive/create-naive-backend.ts";

/** Four samples of two ids, */
export const x: readonly (readonly number[])[] = [
  [1, 2],
  [3, 4],
  [5, 6],
  [7, 8],
];

/** and their classes. */
export const y: readonly number[] = [0, 1, 0, 1];

/** Where a test runs, and what was printed since. */
export interface Desk {
  readonly backend: Backend;
  printed: string;
}

/** A fresh default backend, a printer that listens, and names that start anew. */
export async function prepareDesk(): Promise<Desk> {
  const desk: Desk = { backend: await createNaiveBackend(), printed: "" };
  setBackend(desk.backend);
  setPrinter({
    write: (text) => {
      desk.printed += text;
    },
    dynamic: false,
    colors: false,
  });
  clearSession();
  // An accuracy of exactly 0 is printed in another form: which values come must not depend on the run.
  setRandomSeed(1);
  return desk;
}

/** The tutorial's classifier, compiled. */
export function classifier(): Sequential {
  const model = new Sequential([
    new Embedding({
      inputDim: 10,
      outputDim: 3,
      inputLength: 2,
      embeddingsInitializer: { className: "RandomUniform", config: { seed: 1 } },
    }),
    new Flatten(),
    new Dense({ units: 1, activation: "sigmoid" }),
  ]);
  model.compile({ optimizer: "sgd", loss: "binaryCrossentropy", metrics: ["accuracy"] });
  return model;
}

/** The values of all weights. */
export async function bits(model: Sequential): Promise<NestedArray[]> {
  return (await model.getWeights()).map((array: NDArray) => array.toArray());
}
