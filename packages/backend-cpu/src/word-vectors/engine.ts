import { BackendUnavailableError } from "@rowan/api";
import { openAddon } from "../native-addon.ts";
import { adviseHugePages } from "../native-kernels.ts";
import { instantiateKernels } from "../wasm/instantiate.ts";
import { pageBytes, webAssembly } from "../wasm/web-assembly.ts";
import type { WasmMemory } from "../wasm/web-assembly.ts";
import { fillCurve } from "./curve.ts";
import { curvePairs, placeWordVectors } from "./layout.ts";
import type { WordVectorLayout, WordVectorPlan } from "./layout.ts";

/** What other threads need to train the same vectors: it can be posted to a worker. */
export interface SharedWordVectors {
  readonly plan: WordVectorPlan;
  /** A shared `WebAssembly.Memory`, or the buffer of plain kernels. */
  readonly memory: object;
}

/** What a call of `train` did. */
export interface WordVectorWork {
  /** The sum of the losses of all products. */
  readonly loss: number;
  /** How many products of a word's vector and another's were taken. */
  readonly products: number;
  /** How many words stayed after frequent ones were thinned out. */
  readonly kept: number;
}

/** Word vectors in training, in memory of their own. All arrays are views of that memory. */
export interface WordVectorEngine {
  /** The length of a row in `input` and `output`: the vector's length, rounded up to a multiple of 4. What is beyond stays 0. */
  readonly columns: number;
  /** `[words, columns]`, the vectors. */
  readonly input: Float32Array;
  /** `[words, columns]`, the vectors of words as they are predicted. */
  readonly output: Float32Array;
  /** `[words]`: of 2^32 occurrences of a word, how many stay in their sentences, less one. */
  readonly keep: Int32Array;
  /** `[words]`, the alias table of the noise: of 2^32 draws of a place, how many are its own word. */
  readonly chances: Int32Array;
  /** `[words]`: whose the others are. */
  readonly aliases: Int32Array;
  /** What workers join by; undefined where memory is not shared. */
  readonly shared: SharedWordVectors | undefined;
  /**
   * Trains on sentences.
   *
   * @param ids - Their words, at most `jobWords`.
   * @param ends - Where each sentence ends in `ids`.
   * @param random - Four words that the draws begin with, not all 0.
   * @param rate - The learning rate.
   * @param patience - How often a copy of a frequent row may move before it is settled with the row that all threads share. Default: 0.
   * @returns What was done.
   */
  train(ids: Int32Array, ends: Int32Array, random: Uint32Array, rate: number, patience?: number): WordVectorWork;
  /** Adds what this thread's copies of frequent rows have moved to the rows that all threads share; `input` and `output` lack it before. */
  settle(): void;
}

/** How kernels are called: by addresses in WASM, by views in plain TypeScript. */
interface Runner {
  run(sentences: number, rate: number, patience: number): number;
  settle(): void;
}

/**
 * Memory for word vectors, filled with zeros, and the kernels that train them.
 *
 * @param plan - Sizes and settings.
 * @param kernels - As in `createCpuBackend`; kernels of the addon train no word vectors, so `"auto"` takes huge pages of it alone.
 * @returns The engine of the first thread.
 * @throws OutOfMemoryError when the vectors do not fit 4 GiB or what the machine has.
 * @throws BackendUnavailableError when WASM SIMD was asked for, or several threads, and this runtime lacks it or shared memory.
 */
export async function createWordVectorEngine(plan: WordVectorPlan, kernels: "auto" | "wasm" | "plain" = "auto"): Promise<WordVectorEngine> {
  const layout = placeWordVectors(plan);
  const sharing = plan.threads > 1;
  if (sharing && (globalThis as { SharedArrayBuffer?: unknown }).SharedArrayBuffer === undefined) {
    throw new BackendUnavailableError(
      `Several threads need shared memory, which this runtime lacks. Received: threads=${plan.threads}. Use one thread.`,
    );
  }
  const memory = kernels === "plain" ? plainMemory(layout.bytes, sharing) : wasmMemory(layout.bytes, sharing, kernels === "auto");
  let engine: WordVectorEngine;
  try {
    engine = await openEngine({ plan, memory }, layout, 0, sharing);
  } catch (cause) {
    if (kernels !== "auto") {
      throw new BackendUnavailableError(
        '`kernels: "wasm"` needs a runtime with WebAssembly SIMD. Received: a module that does not start here. Use `kernels: "auto"`, which falls back to plain TypeScript.',
        { cause },
      );
    }
    engine = await openEngine({ plan, memory: plainMemory(layout.bytes, sharing) }, layout, 0, sharing);
  }
  fillCurve(new Float32Array(engine.input.buffer, layout.curve, 2 * curvePairs));
  return engine;
}

/**
 * The same vectors in another thread.
 *
 * @param shared - What the first thread's engine shares.
 * @param thread - Which of the plan's threads this is, from 0; no two may be the same.
 * @returns An engine over the same arrays.
 */
export async function joinWordVectorEngine(shared: SharedWordVectors, thread: number): Promise<WordVectorEngine> {
  return openEngine(shared, placeWordVectors(shared.plan), thread, true);
}

/** `advises`: whether the addon, where there is one, asks for huge pages. */
function wasmMemory(bytes: number, shared: boolean, advises: boolean): object {
  const api = webAssembly();
  if (!api) return plainMemory(bytes, shared);
  const pages = Math.max(1, Math.ceil(bytes / pageBytes));
  const memory = new api.Memory({ initial: pages, maximum: pages, shared });
  const addon = advises ? openAddon().addon : undefined;
  if (addon) adviseHugePages(memory, pages * pageBytes, addon);
  return memory;
}

function plainMemory(bytes: number, shared: boolean): object {
  return shared ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes);
}

function isBuffer(memory: object): memory is ArrayBuffer | SharedArrayBuffer {
  return "byteLength" in memory;
}

async function openEngine(
  shared: SharedWordVectors,
  layout: WordVectorLayout,
  thread: number,
  sharing: boolean,
): Promise<WordVectorEngine> {
  const { plan, memory } = shared;
  const buffer = isBuffer(memory) ? memory : (memory as WasmMemory).buffer;
  const floats = (at: number, length: number): Float32Array => new Float32Array(buffer, at, length);
  const integers = (at: number, length: number): Int32Array => new Int32Array(buffer, at, length);
  const { columns } = layout;
  const own = layout.own[thread] as WordVectorLayout["own"][number];
  const [ids, ends, state] = [integers(own.ids, plan.jobWords), integers(own.ends, plan.jobWords), integers(own.state, 6)];
  const engine = {
    columns,
    input: floats(layout.input, plan.words * columns),
    output: floats(layout.output, plan.words * columns),
    keep: integers(layout.keep, plan.words),
    chances: integers(layout.chances, plan.words),
    aliases: integers(layout.aliases, plan.words),
    shared: sharing ? shared : undefined,
  };
  const { window, negatives, words } = plan;
  const bags = plan.bags ? 1 : 0;
  const { copied = 0, pooled = 0 } = plan;
  let runner: Runner;
  if (isBuffer(memory)) {
    const { plainKernels } = await import("../kernels/plain.ts");
    const { input, output, keep, chances, aliases } = engine;
    const [kept, targets] = [integers(own.kept, plan.jobWords), integers(own.targets, negatives + 1)];
    const [curve, room] = [floats(layout.curve, 2 * curvePairs), floats(own.room, 2 * columns + negatives + 1)];
    const pool = integers(own.pool, pooled);
    const [noRows, noCounts] = [new Float32Array(0), new Int32Array(0)];
    runner = {
      run: (sentences, rate) =>
        plainKernels.trainWordVectors(
          ...([input, output, words, columns, ids, ends, sentences, keep, chances, aliases] as const),
          ...([curve, state, kept, targets, room, pool, pooled, window, negatives, rate, bags] as const),
          ...([noRows, noRows, noCounts, noCounts, 0, 0] as const),
        ),
      settle: () => undefined,
    };
  } else {
    const kernels = await instantiateKernels(memory as WasmMemory);
    const { input, output, keep, chances, aliases, curve } = layout;
    runner = {
      run: (sentences, rate, patience) =>
        kernels.trainWordVectors(
          ...([input, output, words, columns, own.ids, own.ends, sentences, keep, chances, aliases] as const),
          ...([curve, own.state, own.kept, own.targets, own.room, own.pool, pooled, window, negatives, rate, bags] as const),
          ...([own.inputCopies, own.outputCopies, own.inputLeft, own.outputLeft, copied, patience] as const),
        ),
      settle: () => {
        kernels.settleWordVectors(input, own.inputCopies, own.inputLeft, columns, copied);
        kernels.settleWordVectors(output, own.outputCopies, own.outputLeft, columns, copied);
      },
    };
  }
  return {
    ...engine,
    train(someIds, someEnds, random, rate, patience = 0) {
      ids.set(someIds);
      ends.set(someEnds);
      state.set(random);
      const loss = runner.run(someEnds.length, rate, patience);
      return { loss, products: (state[5] as number) >>> 0, kept: state[4] as number };
    },
    settle: () => runner.settle(),
  };
}
