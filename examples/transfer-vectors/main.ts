import { fileURLToPath } from "node:url";
import { Adam, Dense, Embedding, GlobalAveragePooling1D, Sequential, TextVectorization, setBackend, setRandomSeed } from "@rowan/api";
import { createCpuBackend } from "@rowan/backend-cpu";
import { alignVocabulary, importTable } from "@rowan/serialize";

const reviews = ["a wonderful film", "a dull film", "the acting was good", "the plot was bad", "great cast", "awful story"];
const liked = [1, 0, 1, 0, 1, 0];
/** Their words of praise and blame are in no review above: what is known of them came with the vectors. */
const unseen = ["a superb movie", "the acting was dreadful", "a charming story", "a boring cast"];

/** Pretrained vectors out of a file, in the order of one's own vocabulary: first as they are, then trained on. */
export async function main(): Promise<{
  coverage: number;
  missing: readonly string[];
  frozen: boolean;
  moved: boolean;
  answers: readonly boolean[];
}> {
  setBackend(await createCpuBackend());
  setRandomSeed(7);

  // GloVe's format by its content; word2vec, fastText, NumPy and safetensors work the same way.
  const pretrained = await importTable(fileURLToPath(new URL("./vectors.txt", import.meta.url)));
  const { format, rows, dim } = pretrained.report;
  console.log(`${rows} vectors of ${dim} numbers, in the format of ${format}`);

  const words = new TextVectorization({ outputSequenceLength: 4 });
  words.adapt([...reviews, ...unseen, "flimsy"]);
  const { matrix, coverage, missing } = await alignVocabulary(pretrained, words.getVocabulary(), { missing: "mean" });
  console.log(`${Math.round(coverage * 100)} % of the vocabulary has a vector; these words have none: ${missing.join(", ")}`);

  // Frozen: only the layer behind learns, and the words of no review count too.
  const embedding = new Embedding({
    inputDim: words.vocabularySize(),
    outputDim: dim,
    weights: [matrix],
    trainable: false,
    maskZero: true,
  });
  const model = new Sequential([embedding, new GlobalAveragePooling1D(), new Dense({ units: 1, activation: "sigmoid" })]);
  model.compile({ optimizer: new Adam({ learningRate: 0.1 }), loss: "binaryCrossentropy" });
  await model.fit(words.apply(reviews), liked, { epochs: 60, verbose: 0 });
  const frozen = (await embedding.getWeights())[0]?.equals(matrix) === true;
  console.log(frozen ? "The vectors are as they came." : "WRONG: the vectors have changed.");

  // Fine-tuned: the vectors move too, in small steps, since the layer behind is trained already.
  embedding.trainable = true;
  model.compile({ optimizer: new Adam({ learningRate: 0.001 }), loss: "binaryCrossentropy" });
  await model.fit(words.apply(reviews), liked, { epochs: 20, verbose: 0 });
  const moved = (await embedding.getWeights())[0]?.equals(matrix) === false;
  console.log(moved ? "Now they have learned, too." : "WRONG: the vectors have not moved.");

  const scores = await model.predict(words.apply(unseen), { verbose: 0 });
  const answers = unseen.map((_, i) => scores.at(i, 0) > 0.5);
  for (const [i, text] of unseen.entries()) console.log(`"${text}" is ${answers[i] === true ? "praise" : "blame"}`);
  return { coverage, missing, frozen, moved, answers };
}
