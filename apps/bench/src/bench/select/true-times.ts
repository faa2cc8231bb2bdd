import { Adam, Dense, Embedding, EmbeddingTable, GlobalAveragePooling1D, NDArray, Sequential } from "@rowan/api";
import type { Backend, Workload } from "@rowan/api";
import { makeIds } from "../data.ts";
import { quantile } from "../statistics.ts";

/** How long is measured to know the truth. */
export interface Patience {
  /** How often everybody has a turn. */
  readonly turns: number;
  /** About how long a turn lasts, in milliseconds. */
  readonly turnMs: number;
  /** About how long everybody warms up, in milliseconds. */
  readonly warmMs: number;
}

/** The usual patience, and the one that only shows that everything runs. */
export const patiences: Readonly<Record<"full" | "quick", Patience>> = {
  full: { turns: 5, turnMs: 60, warmMs: 250 },
  quick: { turns: 1, turnMs: 0, warmMs: 0 },
};

/** Who takes so many times as long as the fastest when everybody is warm has no more turns: SwiftShader's take seconds. */
const hopeless = 8;

const sets = 8;
/** Ids a sample. */
const width = 16;

interface Work {
  call(set: number): Promise<unknown>;
  dispose(): void;
}

/**
 * What a workload takes through the public calls, `table.lookup` and `model.trainOnBatch`, on each of some backends in turns.
 *
 * @param workload - The sizes.
 * @param backends - Who, by name.
 * @param patience - How long.
 * @returns Milliseconds a call, by name: the median of the turns' averages.
 */
export async function trueTimes(
  workload: Workload,
  backends: ReadonlyMap<string, Backend>,
  { turns, turnMs, warmMs }: Patience,
): Promise<Map<string, number>> {
  const works = new Map<string, Work>();
  try {
    for (const [name, backend] of backends)
      works.set(name, workload.work === "lookup" ? lookups(backend, workload) : await steps(backend, workload));
    const times = new Map<string, number[]>();
    for (const [name, work] of works) {
      await repeat(work, warmMs);
      times.set(name, [await repeat(work, turnMs)]);
    }
    const fastest = Math.min(...[...times.values()].flat());
    for (let turn = 1; turn < turns; turn++) {
      for (const [name, list] of times)
        if ((list[0] as number) <= hopeless * fastest) list.push(await repeat(works.get(name) as Work, turnMs));
    }
    return new Map([...times].map(([name, list]) => [name, quantile(list, 0.5)]));
  } finally {
    for (const work of works.values()) work.dispose();
  }
}

/** The average of as many calls as fit, at least two of them. */
async function repeat(work: Work, forMs: number): Promise<number> {
  const start = performance.now();
  let calls = 0;
  do await work.call(calls++ % sets);
  while (performance.now() - start < forMs || calls < 2);
  return (performance.now() - start) / calls;
}

function idSets(rows: number, batch: number): Int32Array[] {
  const ids = makeIds(rows, batch * sets, "uniform");
  return Array.from({ length: sets }, (_, set) => ids.subarray(set * batch, (set + 1) * batch));
}

function lookups(backend: Backend, { inputDim, outputDim, batch }: Workload): Work {
  const table = EmbeddingTable.create({ inputDim, outputDim, backend, seed: 1 });
  const ids = idSets(inputDim, batch);
  return { call: (set) => table.lookup(ids[set] as Int32Array), dispose: () => table.dispose() };
}

async function steps(backend: Backend, { inputDim, outputDim, batch }: Workload): Promise<Work> {
  const perSample = Math.min(width, batch);
  const samples = Math.max(1, Math.round(batch / perSample));
  const model = new Sequential(
    [
      new Embedding({ inputDim, outputDim, inputLength: perSample }),
      new GlobalAveragePooling1D(),
      new Dense({ units: 1, activation: "sigmoid" }),
    ],
    { backend },
  );
  model.compile({ optimizer: new Adam(), loss: "binaryCrossentropy" });
  const x = idSets(inputDim, samples * perSample).map((ids) => new NDArray(ids, [samples, perSample]));
  const y = new NDArray(
    Float32Array.from({ length: samples }, (_, i) => i % 2),
    [samples, 1],
  );
  return { call: (set) => model.trainOnBatch(x[set] as NDArray, y), dispose: () => model.dispose() };
}
