/** A training that breaks off in its third epoch, is started again, and ends with the same bits as one that never broke off. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  Dense,
  Dropout,
  Embedding,
  GlobalAveragePooling1D,
  LambdaCallback,
  Sequential,
  TextVectorization,
  setBackend,
  setRandomSeed,
} from "@rowan/api";
import type { Callback, NDArray } from "@rowan/api";
import { createCpuBackend } from "@rowan/backend-cpu";
import { BackupAndRestore, loadCheckpoint, openCheckpoint, saveCheckpoint } from "@rowan/serialize";

const reviews = ["a great film", "great fun", "a dull film", "dull and long", "great acting", "a long dull evening"];
const labels = [1, 1, 0, 0, 1, 0];
const words = new TextVectorization({ outputSequenceLength: 4 });

/** The program, as it is started each time: the same seed, so the same initial values and orders. */
async function train(callbacks: readonly Callback[]): Promise<Sequential> {
  setRandomSeed(7);
  const model = new Sequential([
    new Embedding({ inputDim: words.vocabularySize(), outputDim: 8, maskZero: true, inputLength: 4, name: "embedding" }),
    new GlobalAveragePooling1D({ name: "mean" }),
    new Dropout({ rate: 0.2, name: "dropout" }),
    new Dense({ units: 1, activation: "sigmoid", name: "dense" }),
  ]);
  model.compile({ optimizer: "adam", loss: "binaryCrossentropy" });
  await model.fit(words.apply(reviews), labels, { epochs: 6, batchSize: 2, verbose: 0, callbacks });
  return model;
}

function sameBits(a: readonly NDArray[], b: readonly NDArray[]): boolean {
  return a.every(({ data }, index) => data.every((value, i) => Object.is(value, b[index]?.data[i])));
}

/** Breaks a training, takes it up again, and saves what came out. */
export async function main(): Promise<void> {
  setBackend(await createCpuBackend());
  words.adapt(reviews);
  const folder = mkdtempSync(join(tmpdir(), "rowan-resume-"));
  try {
    // A backup brings all rows up to date, so the run that it is compared with makes some, too.
    const whole = await train([new BackupAndRestore({ backupDir: join(folder, "unbroken") })]);
    let steps = 0;
    const powerCut = new LambdaCallback({
      onTrainBatchEnd: () => {
        if (++steps === 8) throw new Error("the power failed");
      },
    });
    const backupDir = join(folder, "backup");
    await train([new BackupAndRestore({ backupDir }), powerCut]).catch((error: unknown) => {
      console.log(`Step ${steps}: ${(error as Error).message}`);
    });
    const resumed = await train([new BackupAndRestore({ backupDir })]);
    console.log(`Resumed: ${sameBits(await whole.getWeights(), await resumed.getWeights()) ? "the same bits" : "other weights"}`);

    const path = join(folder, "classifier.rowan");
    await saveCheckpoint(resumed, path, { vocabulary: words });
    const again = await loadCheckpoint(path);
    const file = await openCheckpoint(path);
    const text = await file.readTextVectorization();
    await file.close();
    const scores = await again.predict(text.apply(["great fun", "a dull evening"]), { verbose: 0 });
    console.log(`Loaded: ${again.optimizer.iterations} updates, scores of shape (${scores.shape.join(", ")})`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
