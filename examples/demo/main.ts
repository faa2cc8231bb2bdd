import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { setBackend, setRandomSeed } from "@rowan/api";
import { createCpuBackend } from "@rowan/backend-cpu";
import { runBatchLookup } from "./batch-lookup.ts";
import type { BatchResult, ChildOutput } from "./batch-lookup.ts";
import { runNeighbours } from "./neighbours.ts";
import { say } from "./say.ts";
import { runTraining } from "./training.ts";
import { runTutorial } from "./tutorial.ts";
import type { TutorialResult } from "./tutorial.ts";

/** What the demonstration showed. */
export interface DemoResult {
  readonly tutorial: TutorialResult;
  readonly accuracy: number;
  readonly batch: BatchResult;
  readonly neighbours: Record<string, readonly string[]>;
}

/**
 * The whole of Rowan in five parts: the tutorial, transfer, training on text, a batch lookup, nearest neighbours.
 *
 * @param args - `--out FOLDER` keeps the files of the batch lookup there.
 * @param output - Where the child process of the batch lookup prints.
 */
export async function main(args: readonly string[] = [], output: ChildOutput = "inherit"): Promise<DemoResult> {
  const { values } = parseArgs({ args: [...args], options: { out: { type: "string" } } });
  const start = performance.now();
  setRandomSeed(1851);
  const backend = await createCpuBackend();
  setBackend(backend);
  say(`Rowan on ${backend.device}, Node ${process.versions.node}`);

  const tutorial = await runTutorial();
  const { words, embedding, model, accuracy } = await runTraining();
  const [table] = await embedding.getWeights();
  if (!table) throw new Error("an Embedding has one weight");
  const folder = values.out ?? mkdtempSync(join(tmpdir(), "rowan-demo-"));
  mkdirSync(folder, { recursive: true });
  try {
    const batch = await runBatchLookup(words, table, folder, output);
    const neighbours = await runNeighbours(words, embedding.table);
    if (values.out === undefined) say("\nThe files of (d) are deleted now; npm run demo -- --out FOLDER keeps them.");
    say(`All of it took ${((performance.now() - start) / 1000).toFixed(1)} s.`);
    return { tutorial, accuracy, batch, neighbours };
  } finally {
    if (values.out === undefined) rmSync(folder, { recursive: true });
    model.dispose();
    setBackend(undefined);
  }
}
