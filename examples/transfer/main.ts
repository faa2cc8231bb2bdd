import { Dense, Embedding, GlobalAveragePooling1D, NDArray, Sequential, TextVectorization, setBackend, setRandomSeed } from "@rowan/api";
import { createCpuBackend } from "@rowan/backend-cpu";

/** Vectors from elsewhere: a word, and what is known of it. */
const pretrained: Readonly<Record<string, readonly number[]>> = {
  good: [0.9, 0.1],
  great: [1, 0.2],
  fine: [0.6, 0],
  bad: [-0.9, 0.1],
  awful: [-1, 0.3],
  poor: [-0.6, 0.2],
  film: [0, 0.8],
  plot: [0.1, 0.7],
};

/** Transfer: a frozen table of vectors that exist, and a small layer that learns to use them. */
export async function main(): Promise<{ unchanged: boolean; answers: readonly boolean[] }> {
  setBackend(await createCpuBackend());
  setRandomSeed(3);
  const words = new TextVectorization({ vocabulary: Object.keys(pretrained), outputSequenceLength: 3 });
  // Padding and unknown words come first in a vocabulary; they get zeros.
  const matrix = NDArray.from(words.getVocabulary().map((word) => [...(pretrained[word] ?? [0, 0])]));
  const embedding = new Embedding({
    inputDim: words.vocabularySize(),
    outputDim: 2,
    weights: [matrix],
    trainable: false,
    maskZero: true,
  });
  const model = new Sequential([embedding, new GlobalAveragePooling1D(), new Dense({ units: 1, activation: "sigmoid" })]);
  model.compile({ optimizer: "sgd", loss: "binaryCrossentropy" });
  model.optimizer.learningRate = 1;
  await model.fit(words.apply(["good film", "bad film", "great plot", "awful plot"]), [1, 0, 1, 0], { epochs: 50, verbose: 0 });

  const [after] = await embedding.getWeights();
  const unchanged = after?.equals(matrix) === true;
  console.log(unchanged ? "The vectors are as they came." : "WRONG: the vectors have changed.");

  // These words were in no example: what is known of them came with the vectors.
  const unseen = ["a fine film", "a poor plot"];
  const scores = await model.predict(words.apply(unseen), { verbose: 0 });
  const answers = unseen.map((_, i) => scores.at(i, 0) > 0.5);
  for (const [i, text] of unseen.entries()) console.log(`"${text}" is ${answers[i] === true ? "praise" : "blame"}`);
  return { unchanged, answers };
}
