import { EmbeddingTable } from "@rowan/api";
import { createCpuBackend } from "@rowan/backend-cpu";
import { InterruptedError } from "../failure.ts";
import type { Surroundings } from "../terminal.ts";
import type { BenchCase } from "./cases.ts";
import type { BenchData, Contender, Missing } from "./contender.ts";
import { findTfjs } from "./find-tfjs.ts";
import { measure } from "./measure.ts";
import { plainContender, rowanContender } from "./plain-contenders.ts";
import { describeMachine, formatResult } from "./report.ts";
import type { Report } from "./report.ts";
import { tfjsContender } from "./tfjs-contender.ts";

/** What Rowan can be compared with. */
export const opponents = ["js", "tfjs"] as const;
export type Opponent = (typeof opponents)[number];

/**
 * Times lookups, and prints each size as soon as it is done.
 *
 * @param cases - The sizes.
 * @param against - What to compare with. What is not installed is named, never estimated.
 * @param seconds - How long each contender is timed at each size.
 * @param surroundings - Where it prints, and what ends it.
 */
export async function runBench(
  cases: readonly BenchCase[],
  against: readonly Opponent[],
  seconds: number,
  { stdout, signal }: Surroundings,
): Promise<Report> {
  const machine = describeMachine();
  stdout.write(
    `Lookups: from ids in memory to rows in memory, one call after another\n${machine.processor}, ${machine.platform}, Node ${machine.node}\n\n`,
  );
  const tfjs = findTfjs();
  const missing: Missing[] = [];
  if (against.includes("tfjs") && tfjs.missing.length > 0)
    missing.push({ name: "tfjs", why: `${tfjs.missing.join(", ")} not installed`, remedy: tfjs.remedy });
  const results: { size: BenchCase; measurements: Awaited<ReturnType<typeof measure>> }[] = [];
  for (const size of cases) {
    const data = await makeData(size);
    const contenders: Contender[] = [];
    try {
      contenders.push(rowanContender("Rowan, WASM", await createCpuBackend(), data));
      contenders.push(rowanContender("Rowan, plain", await createCpuBackend({ kernels: "plain" }), data));
      if (against.includes("js")) contenders.push(plainContender(data));
      if (against.includes("tfjs") && tfjs.missing.length === 0) {
        contenders.push(await tfjsContender(tfjs, "wasm", data), await tfjsContender(tfjs, "cpu", data));
      }
      const measurements = await measure(contenders, size, seconds);
      results.push({ size, measurements });
      stdout.write(`${formatResult(size, measurements)}\n`);
    } finally {
      for (const contender of contenders) contender.dispose();
    }
    if (signal.aborted) throw new InterruptedError();
  }
  for (const { name, why, remedy } of missing) stdout.write(`Not compared with ${name}: ${why}. ${remedy}\n`);
  return { benchmark: "lookup", date: new Date().toISOString(), machine, results, missing };
}

async function makeData(size: BenchCase): Promise<BenchData> {
  const backend = await createCpuBackend();
  const table = EmbeddingTable.create({ inputDim: size.rows, outputDim: size.dim, seed: 1, backend });
  const { data } = await table.read();
  backend.dispose();
  return { size, values: data as Float32Array };
}
