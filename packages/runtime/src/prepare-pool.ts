import { EmbeddingTable, InvalidArgumentError, describeValue } from "@rowan/api";
import type { RowSource } from "@rowan/api";
import { compileKernelsOf } from "@rowan/backend-cpu";
import { calibrate } from "./calibrate.ts";
import { Dispatcher } from "./dispatcher.ts";
import type { Engine, EngineFactory } from "./engine.ts";
import { InlineTable } from "./inline-table.ts";
import { checkPoolOptions } from "./pool-options.ts";
import type { CheckedPoolOptions, PoolOptions } from "./pool-options.ts";
import type { Threshold } from "./pool-stats.ts";
import { Runner } from "./runner.ts";
import type { Served } from "./served.ts";
import { ServedSource } from "./served-source.ts";
import { ServedTable } from "./served-table.ts";
import { MemoryNumbers, shareTable } from "./shared-table.ts";
import { Stop } from "./stop.ts";
import { createOpenJob } from "./worker/run-job.ts";

/** What a pool serves: one table or other source of rows, or several by name; a name is a feature, and features may share a table. */
export type PoolSource = RowSource | Readonly<Record<string, RowSource>>;

/** Where the pool runs: what differs between Node and browsers. */
export interface Platform {
  readonly cores: () => number;
  /** Undefined where threads cannot share memory. */
  readonly engine: EngineFactory | undefined;
}

/** What a pool is made of. */
export interface PoolParts {
  readonly served: ReadonlyMap<string, Served>;
  readonly settings: CheckedPoolOptions;
  readonly engine: Engine | undefined;
  readonly runner: Runner | undefined;
  readonly threshold: { current: Threshold };
}

/** The name of a source that has none. */
export const onlyName = "";

/**
 * Starts what a pool needs on a platform.
 *
 * @param platform - Node or a browser.
 * @param source - What it serves.
 * @param options - Threads and limits.
 * @returns The parts, when the workers run.
 * @throws InvalidArgumentError for options and sources that cannot be; WorkerError where workers do not start.
 */
export async function preparePool(platform: Platform, source: PoolSource, options: PoolOptions): Promise<PoolParts> {
  const settings = checkPoolOptions(options, platform.cores());
  const sources = checkSources(source);
  // Looks at the limit now, not at the first call.
  new Stop(undefined, settings.timeout).end();
  const numbers = new MemoryNumbers();
  const tables = [...sources.values()].filter((one) => one instanceof EmbeddingTable);
  const shareable = tables.filter((table) => isShareable(table, numbers));
  const workers = Math.max(0, settings.threads - (settings.callerWorks ? 1 : 0));
  const isPooled = workers > 0 && shareable.length > 0 && settings.threshold !== Infinity && platform.engine !== undefined;
  const [first] = shareable;
  const setup = isPooled && first ? { compiled: await compileKernelsOf(first.backend), memories: numbers.list() } : undefined;
  numbers.known = setup?.memories.length ?? 0;
  const { workerUrl } = settings;
  const engine = setup && (await platform.engine?.({ threads: workers, setup, ...(workerUrl !== undefined && { workerUrl }) }));
  const threshold = { current: both(engine ? (settings.threshold ?? 0) : Infinity) };
  const runner =
    engine &&
    new Runner(
      {
        dispatcher: new Dispatcher(engine),
        workers,
        openJob: settings.callerWorks ? createOpenJob(setup) : undefined,
        retries: settings.retries,
      },
      numbers,
    );
  const byTable = new Map<RowSource, Served>();
  const served = new Map<string, Served>();
  for (const [name, one] of sources) {
    const known = byTable.get(one) ?? serve(one, runner, threshold, settings.threads);
    byTable.set(one, known);
    served.set(name, known);
  }
  if (engine && first && settings.threshold === undefined) {
    try {
      threshold.current = await calibrate(first, byTable.get(first) as Served);
    } catch (error) {
      await engine.close();
      throw error;
    }
  }
  return { served, settings, engine, runner, threshold };
}

function both(bytes: number): Threshold {
  return { direct: bytes, copied: bytes };
}

function serve(source: RowSource, runner: Runner | undefined, threshold: { current: Threshold }, requests: number): Served {
  if (source instanceof EmbeddingTable && runner) return new ServedTable(source, runner, () => threshold.current);
  if (source instanceof EmbeddingTable) return new InlineTable(source);
  return new ServedSource(source, Math.max(1, requests));
}

function isShareable(table: EmbeddingTable, numbers: MemoryNumbers): boolean {
  const shared = table.backend.capabilities.sharedTables ? shareTable(table, numbers) : undefined;
  shared?.release();
  return shared !== undefined;
}

function isSource(value: unknown): value is RowSource {
  const source = value as Partial<RowSource> | null;
  return typeof source === "object" && typeof source?.lookup === "function" && typeof source.inputDim === "number";
}

function prototypeOf(value: object): object | null {
  return Object.getPrototypeOf(value) as object | null;
}

function checkSources(source: PoolSource): ReadonlyMap<string, RowSource> {
  if (isSource(source)) return new Map([[onlyName, source]]);
  // The fields of a layer or a model are no features.
  const isPlain = typeof source === "object" && (source as unknown) !== null && [Object.prototype, null].includes(prototypeOf(source));
  const entries = isPlain ? Object.entries(source) : [];
  const wrong = entries.find(([, one]) => !isSource(one));
  if (entries.length > 0 && !wrong) return new Map(entries);
  throw new InvalidArgumentError(
    `A pool serves an EmbeddingTable, another source of rows, or several of them by name. Received: ${wrong ? `${wrong[0]}=${describeValue(wrong[1])}` : describeValue(source)}. Of a layer, pass its \`table\`.`,
  );
}
