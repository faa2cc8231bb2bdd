import { Adam, Embedding, NDArray, Sequential } from "@rowan/api";
import type { Stage } from "../stage.ts";
import type { ExhibitParts } from "./exhibit.ts";
import { LiveCallback } from "./training.ts";
import type { Watcher } from "./training.ts";

const names = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

/** What the rows shall become: the numbers on a winding stair. */
const goal = Float32Array.from({ length: 40 }, (_, at) => {
  const word = Math.floor(at / 4);
  return [Math.cos(word * 0.9), Math.sin(word * 0.9), word / 4.5 - 1, word % 2][at % 4] as number;
});

/**
 * The tutorial's layer, ten words with four numbers each, trained until its rows are those of a stair.
 *
 * @param stage - Shows the rows as they move.
 * @param watcher - Told of each step.
 */
export async function trainTenWords(stage: Stage, watcher: Watcher): Promise<void> {
  const embedding = new Embedding({ inputDim: 10, outputDim: 4, inputLength: 2 });
  const model = new Sequential([embedding], { backend: stage.backend });
  try {
    model.compile({ optimizer: new Adam({ learningRate: 0.02 }), loss: "mse" });
    const parts = async (): Promise<ExhibitParts> => {
      const [matrix] = (await embedding.getWeights()) as [NDArray];
      return { title: "Ten words", vectors: new Float32Array(matrix.data), dim: 4, words: names, hidden: [] };
    };
    // Each word stands beside each other one once.
    const ids = names.flatMap((_, a) => names.map((__, b) => [a, b]));
    const targets = Float32Array.from(ids.flat().flatMap((id) => [...goal.subarray(id * 4, id * 4 + 4)]));
    const x = NDArray.from(ids, "int32");
    await model.predict([[0, 1]], { verbose: 0 });
    stage.show(await parts());
    const live = new LiveCallback(
      watcher,
      async () => stage.refresh(await parts()),
      ({ loss = NaN }) => `loss ${loss.toExponential(2)}`,
    );
    await model.fit(x, new NDArray(targets, [ids.length, 2, 4]), { epochs: 60, batchSize: 10, verbose: 0, callbacks: [live] });
    stage.refresh(await parts());
  } finally {
    model.dispose();
  }
}
