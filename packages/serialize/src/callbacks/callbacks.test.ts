import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Dense, Embedding, Flatten, LambdaCallback, NDArray, Sequential, setBackend, setRandomSeed } from "@rowan/api";
import type { Backend, Callback } from "@rowan/api";
import { createCpuBackend } from "@rowan/backend-cpu";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BackupAndRestore, ModelCheckpoint, loadCheckpoint } from "../index.ts";
import { fileName } from "./file-name.ts";

const folder = mkdtempSync(join(tmpdir(), "rowan-callbacks-"));
let cpu: Backend;

beforeAll(async () => {
  cpu = await createCpuBackend();
  setBackend(cpu);
});

afterAll(() => {
  setBackend(undefined);
  cpu.dispose();
  rmSync(folder, { recursive: true });
});

const x = NDArray.from(Int32Array.from({ length: 48 }, (_, i) => (i * 7) % 20)).reshape([24, 2]);
const y = NDArray.from(Float32Array.from({ length: 24 }, (_, i) => i % 2)).reshape([24, 1]);

/** Initial values depend on the seed: a program that is started again begins as before. */
function makeModel(): Sequential {
  setRandomSeed(3);
  const model = new Sequential([new Embedding({ inputDim: 20, outputDim: 4 }), new Flatten(), new Dense({ units: 1 })]);
  model.compile({ optimizer: "adam", loss: "mse" });
  return model;
}

async function bitsOf(model: Sequential): Promise<number[]> {
  return (await model.getWeights()).flatMap(({ data }) => [...data]);
}

describe("ModelCheckpoint", () => {
  it("saves after each epoch, under names with numbers in them", async () => {
    const model = makeModel();
    const filepath = join(folder, "each-{epoch:02d}-{loss:.1f}.rowan");
    await model.fit(x, y, { epochs: 2, verbose: 0, callbacks: [new ModelCheckpoint({ filepath })] });
    expect(readdirSync(folder).filter((name) => /^each-0[12]-\d\.\d\.rowan$/.test(name))).toHaveLength(2);
    model.dispose();
  });

  it("keeps the best, and says so", async () => {
    const model = makeModel();
    const filepath = join(folder, "best.rowan");
    const keeper = new ModelCheckpoint({ filepath, monitor: "loss", saveBestOnly: true, initialValueThreshold: -1 });
    await model.fit(x, y, { epochs: 1, verbose: 0, callbacks: [keeper] });
    expect(existsSync(filepath)).toBe(false);
    await model.fit(x, y, { epochs: 1, verbose: 0, callbacks: [new ModelCheckpoint({ filepath, monitor: "loss", saveBestOnly: true })] });
    const again = await loadCheckpoint(filepath);
    expect(await bitsOf(again)).toEqual(await bitsOf(model));
    again.dispose();
    const wrong = new ModelCheckpoint({ filepath, saveBestOnly: true });
    await expect(model.fit(x, y, { verbose: 0, callbacks: [wrong] })).rejects.toThrow('monitor="val_loss"');
    model.dispose();
  });

  it("counts batches, and may leave the optimizer out", async () => {
    const model = makeModel();
    const filepath = join(folder, "batch-{epoch}-{batch}.rowan");
    const callbacks = [new ModelCheckpoint({ filepath, saveFreq: 2, saveWeightsOnly: true })];
    await model.fit(x, y, { epochs: 1, batchSize: 6, verbose: 0, callbacks });
    expect(readdirSync(folder).filter((name) => name.startsWith("batch"))).toEqual(["batch-1-2.rowan", "batch-1-4.rowan"]);
    const again = await loadCheckpoint(join(folder, "batch-1-4.rowan"));
    expect(again.compileOptions).toBeUndefined();
    again.dispose();
    model.dispose();
  });
});

describe("BackupAndRestore", () => {
  it.each(["epoch", 2] as const)("takes a broken training up again, with the same bits (saveFreq %s)", async (saveFreq) => {
    const options = { epochs: 4, batchSize: 5, verbose: 0 } as const;
    const whole = makeModel();
    // A backup brings rows up to date that an optimizer has left behind, so the run that it is compared with makes the same ones.
    await whole.fit(x, y, { ...options, callbacks: [new BackupAndRestore({ backupDir: join(folder, `whole-${saveFreq}`), saveFreq })] });

    const backupDir = join(folder, `backup-${saveFreq}`);
    let steps = 0;
    const breaker = new LambdaCallback({
      onTrainBatchEnd: () => {
        if (++steps === 13) throw new Error("the power failed");
      },
    });
    const broken = makeModel();
    await expect(broken.fit(x, y, { ...options, callbacks: [new BackupAndRestore({ backupDir, saveFreq }), breaker] })).rejects.toThrow(
      "power",
    );
    const again = makeModel();
    let later = 0;
    const counter = new LambdaCallback({
      onTrainBatchEnd: () => {
        later++;
      },
    });
    await again.fit(x, y, { ...options, callbacks: [new BackupAndRestore({ backupDir, saveFreq }), counter] });
    expect(await bitsOf(again)).toEqual(await bitsOf(whole));
    expect(later).toBe(saveFreq === "epoch" ? 10 : 8);
    expect(readdirSync(backupDir)).toEqual([]);
    for (const model of [whole, broken, again]) model.dispose();
  });
});

it.each([
  ["ModelCheckpoint", (saveFreq: "epoch" | number) => new ModelCheckpoint({ filepath: "m.rowan", saveFreq })],
  ["BackupAndRestore", (saveFreq: "epoch" | number) => new BackupAndRestore({ backupDir: "backup", saveFreq })],
])("%s keeps batches waiting only where it counts them", (_name, make) => {
  const watched = (callback: Callback): boolean[] =>
    (["onTrainBatchBegin", "onTrainBatchEnd", "onTestBatchEnd"] as const).map((event) => callback.watches(event));
  expect(watched(make("epoch"))).toEqual([false, false, false]);
  expect(watched(make(3))).toEqual([false, true, false]);
  const withMethod = Object.assign(make("epoch"), { onTrainBatchEnd: () => Promise.resolve() });
  expect(watched(withMethod)).toEqual([false, true, false]);
});

describe("names of files", () => {
  it("take the formats of Python", () => {
    expect(
      fileName("m-{epoch:03d}-{val_loss:.2f}-{accuracy:.1e}-{loss}", { loss: 1.5, val_loss: 0.126, accuracy: 0.5 }, { epoch: 7 }),
    ).toBe("m-007-0.13-5.0e-1-1.5");
    expect(() => fileName("{missing}", { loss: 1 }, { epoch: 1 })).toThrow("epoch, loss");
  });
});
