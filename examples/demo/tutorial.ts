import { Embedding, NDArray, Sequential } from "@rowan/api";
import { head, say } from "./say.ts";

/** What the first two parts found. */
export interface TutorialResult {
  /** Whether the prediction for ids 1 and 2 was rows 1 and 2 of the table. */
  readonly rowsCameBack: boolean;
  /** The same with vectors of one's own. */
  readonly ownRowsCameBack: boolean;
}

/** Ten words with four numbers each: builds the layer, looks two words up, then does the same with vectors of one's own. */
export async function runTutorial(): Promise<TutorialResult> {
  head("a", "An embedding: ten words, four numbers each");
  const embedding = new Embedding({ inputDim: 10, outputDim: 4, inputLength: 2 });
  const model = new Sequential([embedding]);
  model.compile({ optimizer: "adam", loss: "mse" });
  model.summary();
  say("\npredict([[1, 2]]):");
  const rowsCameBack = await predictTwoWords(model, embedding);

  head("b", "Transfer: the same model with vectors of your own");
  const mine = NDArray.from(Array.from({ length: 10 }, (_, word) => [word, word / 2, word / 4, 10 - word]));
  await embedding.setWeights([mine]);
  const ownRowsCameBack = await predictTwoWords(model, embedding);
  model.dispose();
  return { rowsCameBack, ownRowsCameBack };
}

async function predictTwoWords(model: Sequential, embedding: Embedding): Promise<boolean> {
  const prediction = await model.predict([[1, 2]]);
  say(prediction.toString());
  const [table] = (await embedding.getWeights()) as [NDArray];
  say("The table:");
  say(table.toString());
  const same = table.slice(1, 3).equals(prediction.reshape([2, 4]));
  say(same ? "Rows 1 and 2 of the table are what predict returned." : "WRONG: predict did not return rows 1 and 2 of the table.");
  return same;
}
