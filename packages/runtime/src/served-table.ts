import {
  Arena,
  NDArray as HostArray,
  InvalidArgumentError,
  checkBags,
  checkIds,
  mergeNearest,
  searchSimilar,
  searchTable,
} from "@rowan/api";
import type {
  Backend,
  BagsInput,
  CheckedBags,
  CheckedIds,
  EmbeddingTable,
  IdsInput,
  MostSimilarOptions,
  NDArray,
  Nearest,
  Neighbour,
  Shape,
  SimilarityMetric,
  SimilarityQueries,
  Tensor,
} from "@rowan/api";
import { runInline } from "./inline-table.ts";
import { outputFor } from "./output.ts";
import type { Output } from "./output.ts";
import type { Threshold } from "./pool-stats.ts";
import type { NearestPart } from "./protocol.ts";
import type { PreparedPart, Runner } from "./runner.ts";
import type { PoolArray, ServeOptions, Served } from "./served.ts";
import { shareTable } from "./shared-table.ts";
import type { SharedTable } from "./shared-table.ts";
import { nearestScratch } from "./worker/nearest.ts";

/** Rows for ordinary memory go through pieces of this size: workers write one while this thread copies the one before. */
const windowBytes = 1 << 22;

/** Slices a thread of a search: each has a list of the nearest of its own. */
const searchSlices = 8;

const metrics: Record<SimilarityMetric, number> = { cosine: 0, dot: 1, euclidean: 2 };

/** Makes a part of rows or bags `from .. to`, which write to `out`. */
type PartMaker = (from: number, to: number, out: Tensor) => PreparedPart | undefined;

/** A table whose rows workers read in place. */
export class ServedTable implements Served {
  readonly table: EmbeddingTable;
  readonly #runner: Runner;
  readonly #threshold: () => Threshold;

  /**
   * @param table - The table.
   * @param runner - The pool's workers.
   * @param threshold - From how many bytes on they are used, at this moment.
   */
  constructor(table: EmbeddingTable, runner: Runner, threshold: () => Threshold) {
    this.table = table;
    this.#runner = runner;
    this.#threshold = threshold;
  }

  get inputDim(): number {
    return this.table.inputDim;
  }

  get outputDim(): number {
    return this.table.outputDim;
  }

  /** How many ids there are, where that is seen at once; else Infinity. */
  static countAtOnce(ids: IdsInput): number {
    return ArrayBuffer.isView(ids) ? ids.length : ids instanceof HostArray ? ids.size : Infinity;
  }

  /** Whether ids, at a glance, are so few that workers have no part in their lookup. */
  isSmall(ids: IdsInput): boolean {
    const { direct, copied } = this.#threshold();
    return ServedTable.countAtOnce(ids) * this.table.outputDim * 4 < Math.min(direct, copied);
  }

  async lookup(ids: IdsInput, options: ServeOptions): Promise<NDArray> {
    const { table } = this;
    const { backend } = table;
    const { invalidIds = "throw" } = options;
    // A long list of ids is checked piece by piece, while workers are at work on the pieces before.
    const plain = invalidIds === "throw" ? int32Of(ids) : undefined;
    const checked: CheckedIds = plain ?? checkIds(ids, table.inputDim, invalidIds, backend);
    const { data } = checked;
    const check = (from: number, to: number): void => checkPiece(backend, ids, data, from, to, table.inputDim);
    const output = outputFor(options.out, [...checked.shape, table.outputDim], backend);
    const pooled = await this.#onWorkers(
      output,
      data.length,
      data.length,
      options,
      (shared) => (from, to, out) =>
        this.#runner.gather(shared, data.subarray(from, to), out, plain && ((start, end) => check(from + start, from + end))),
    );
    if (!pooled)
      await runInline(options, () => table.lookup(plain ? ids : data, { out: output.direct ? (options.out as NDArray) : output.data }));
    for (const position of checked.zeroed ?? []) output.data.fill(0, position * table.outputDim, (position + 1) * table.outputDim);
    return output.result;
  }

  async lookupBags(bags: BagsInput, options: ServeOptions): Promise<NDArray> {
    const { table } = this;
    const { invalidIds = "throw" } = options;
    const checked = checkBags(bags, table.inputDim, invalidIds, table.backend);
    const count = checked.offsets.length - 1;
    const output = outputFor(options.out, [count, table.outputDim], table.backend);
    const pooled = await this.#onWorkers(
      output,
      count,
      checked.ids.length + count,
      options,
      (shared) => (from, to, out) => this.#runner.bags(shared, bagsBetween(checked, from, to), out),
    );
    if (!pooled) {
      const { ids, offsets, weights, mode } = checked;
      const input = { ids, offsets, includeLastOffset: true, mode, ...(weights && { weights }) };
      await runInline(options, () => table.lookupBags(input, { out: output.direct ? (options.out as NDArray) : output.data }));
    }
    return output.result;
  }

  async mostSimilar(queries: SimilarityQueries, options: MostSimilarOptions, serve: ServeOptions): Promise<Neighbour[][]> {
    const { table } = this;
    const bytes = table.inputDim * table.outputDim * 4;
    const shared = bytes < this.#threshold().direct ? undefined : shareTable(table, this.#runner.numbers);
    if (!shared) return runInline(serve, () => table.mostSimilarBatch(queries, options));
    try {
      return await searchSimilar(
        table,
        queries,
        options,
        async (vectors, metric, k) =>
          (await this.#search(shared, vectors, metric, k, serve)) ?? runInline(serve, () => searchTable(table, vectors, metric, k)),
      );
    } finally {
      shared.release();
    }
  }

  allocate(shape: Shape): PoolArray {
    return this.table.allocate(shape);
  }

  /**
   * A part of a call with several tables: results go to memory that kernels reach, and from there to `output` when the call is over.
   *
   * @param ids - Ids, or bags.
   * @param options - As of a lookup.
   * @param arena - Owns what is allocated.
   * @returns The part, and what to do afterwards; undefined where the table cannot be shared.
   */
  prepare(
    ids: IdsInput | BagsInput,
    options: ServeOptions,
    arena: Arena,
  ): { part: PreparedPart; ids: number; bytes: number; finish: () => NDArray; release: () => void } | undefined {
    const { table } = this;
    const { invalidIds = "throw" } = options;
    const shared = shareTable(table, this.#runner.numbers);
    if (!shared) return undefined;
    try {
      const bags = isBags(ids) ? checkBags(ids, table.inputDim, invalidIds, table.backend) : undefined;
      const rows = isBags(ids) ? undefined : checkIds(ids, table.inputDim, invalidIds, table.backend);
      const shape = [...(bags ? [bags.offsets.length - 1] : (rows?.shape ?? [])), table.outputDim];
      const output = outputFor(options.out, shape, table.backend);
      const staging = output.direct ?? arena.run(() => this.#runner.room(table.backend, "float32", output.data.length)?.tensor);
      const part =
        staging &&
        arena.run(() =>
          bags ? this.#runner.bags(shared, bags, staging) : this.#runner.gather(shared, rows?.data ?? new Int32Array(), staging),
        );
      if (!part) {
        shared.release();
        return undefined;
      }
      const finish = (): NDArray => {
        if (!output.direct) output.data.set(table.backend.hostView?.(staging) as Float32Array);
        for (const at of rows?.zeroed ?? []) output.data.fill(0, at * table.outputDim, (at + 1) * table.outputDim);
        return output.result;
      };
      const count = bags ? bags.ids.length : (rows?.data.length ?? 0);
      return { part, ids: count, bytes: count * table.outputDim * 4, finish, release: () => shared.release() };
    } catch (error) {
      shared.release();
      throw error;
    }
  }

  /** False where the work is too small for workers, or they cannot reach the table. */
  async #onWorkers(
    output: Output,
    count: number,
    rows: number,
    serve: ServeOptions,
    parts: (shared: SharedTable) => PartMaker,
  ): Promise<boolean> {
    const { outputDim: dim } = this.table;
    const threshold = this.#threshold();
    if (count === 0 || rows * dim * 4 < (output.direct ? threshold.direct : threshold.copied)) return false;
    const shared = shareTable(this.table, this.#runner.numbers);
    if (!shared) return false;
    try {
      const make = parts(shared);
      const { direct } = output;
      return await (direct
        ? this.#runDirect(make, count, direct.view([count, dim]), serve)
        : this.#runCopied(make, count, output, shared, serve));
    } finally {
      shared.release();
    }
  }

  async #runDirect(make: PartMaker, count: number, out: Tensor, serve: ServeOptions): Promise<boolean> {
    const arena = new Arena();
    try {
      const part = arena.run(() => make(0, count, out));
      if (!part) return false;
      await this.#runner.run([part], { stop: serve.stop, onStart: () => serve.onStart(true) });
      return true;
    } finally {
      arena.release();
      out.dispose();
    }
  }

  async #runCopied(make: PartMaker, count: number, { data }: Output, { backend }: SharedTable, serve: ServeOptions): Promise<boolean> {
    const { outputDim: dim } = this.table;
    const staging = new Arena();
    const running = new Set<Promise<void>>();
    try {
      // Smaller pieces where segments are smaller still.
      let step = Math.min(count, Math.max(1, Math.floor(windowBytes / 4 / dim)));
      let rooms = this.#roomsOf(backend, step * dim, staging);
      while (!rooms) {
        if (step === 1) return false;
        step = Math.ceil(step / 2);
        rooms = this.#roomsOf(backend, step * dim, staging);
      }
      let before: { over: Promise<void>; from: number; to: number; room: Tensor } | undefined;
      for (let from = 0, turn = 0; from < count || before; from += step, turn = 1 - turn) {
        const to = Math.min(from + step, count);
        let now: typeof before;
        if (from < count) {
          const arena = new Arena();
          const room = rooms[turn] as Tensor;
          const part = arena.run(() => make(from, to, room));
          if (!part) {
            arena.release();
            return false;
          }
          const over = this.#runner.run([part], { stop: serve.stop, onStart: () => serve.onStart(true) }).finally(() => arena.release());
          running.add(over);
          // Where it fails before its turn, it is awaited later all the same.
          over.catch(() => undefined);
          now = { over, from, to, room };
        }
        if (before) {
          await before.over;
          running.delete(before.over);
          const view = backend.hostView?.(before.room) as Float32Array;
          data.set(view.subarray(0, (before.to - before.from) * dim), before.from * dim);
        }
        before = now;
      }
      return true;
    } finally {
      // A piece that is still at work writes to the staging memory.
      await Promise.allSettled(running);
      staging.release();
    }
  }

  /** Memory for two pieces: one is written while the other is copied on. */
  #roomsOf(backend: Backend, length: number, arena: Arena): [Tensor, Tensor] | undefined {
    const [one, other] = arena.run(() => [0, 1].map(() => this.#runner.room(backend, "float32", length)));
    return one && other && [one.tensor, other.tensor];
  }

  /** Undefined, before any row is read, where what it needs is too large for one memory. */
  async #search(
    shared: SharedTable,
    vectors: NDArray,
    metric: SimilarityMetric,
    k: number,
    serve: ServeOptions,
  ): Promise<Nearest[] | undefined> {
    const { inputDim: rows, outputDim: dim } = this.table;
    const [count = 0] = vectors.shape;
    const { backend, place: table, segments } = shared;
    const arena = new Arena();
    try {
      const work = { count: rows, rowBytes: dim * 4, cuts: segments.slice(1).map(({ firstRow }) => firstRow) };
      const slices = this.#runner.plan([work], searchSlices);
      const lists = slices.length / 3;
      const [queries, values, indices] = arena.run(() => [
        this.#runner.place(backend, vectors.data as Float32Array),
        this.#runner.room(backend, "float32", lists * count * k),
        this.#runner.room(backend, "int32", lists * count * k),
      ]);
      if (!queries || !values || !indices) return undefined;
      const part: NearestPart = {
        op: "nearest",
        table,
        home: queries.memory,
        queries: queries.address,
        count,
        k,
        metric: metrics[metric],
        values: values.place.address,
        indices: indices.place.address,
      };
      const scratchBytes = nearestScratch(dim, count, k, table.code >= 0);
      await this.#runner.run(
        [{ shared, part, work, home: queries, scratchBytes }],
        { stop: serve.stop, onStart: () => serve.onStart(true) },
        slices,
      );
      const scores = backend.hostView?.(values.tensor) as Float32Array;
      const places = backend.hostView?.(indices.tensor) as Int32Array;
      let found: Nearest[] = Array.from({ length: count }, () => ({ values: [], indices: [] }));
      for (let slice = 0; slice < lists; slice++) {
        const [from, to] = [slices[slice * 3 + 1] as number, slices[slice * 3 + 2] as number];
        const best = Math.min(k, to - from);
        const base = slice * count * k;
        const part = found.map((_, query) => ({
          values: Array.from(scores.subarray(base + query * best, base + (query + 1) * best)),
          indices: Array.from(places.subarray(base + query * best, base + (query + 1) * best)),
        }));
        found = mergeNearest(found, part, from, k);
      }
      return found;
    } finally {
      arena.release();
    }
  }
}

/**
 * Whether an input of several tables is bags.
 *
 * @param input - Ids, or bags.
 * @returns True for an object with ids.
 */
export function isBags(input: IdsInput | BagsInput): input is BagsInput {
  return (
    typeof input === "object" && (input as object | null) !== null && !Array.isArray(input) && !ArrayBuffer.isView(input) && "ids" in input
  );
}

/** Ids that can be used as they are, where they are valid. */
function int32Of(ids: IdsInput): CheckedIds | undefined {
  if (ids instanceof Int32Array) return { data: ids, shape: [ids.length] };
  if (!(ids instanceof HostArray) || !(ids.data instanceof Int32Array)) return undefined;
  return ids.dtype === "int32" ? { data: ids.data, shape: ids.shape } : undefined;
}

/** Throws where a piece of ids is not valid: what the check of all of them says. */
function checkPiece(backend: Backend, ids: IdsInput, data: Int32Array, from: number, to: number, rows: number): void {
  try {
    checkIds(data.subarray(from, to), rows, undefined, backend);
  } catch {
    checkIds(ids, rows, "throw");
    throw new InvalidArgumentError("Ids must not change while they are looked up. Received: ids that were invalid for a moment.");
  }
}

function bagsBetween({ ids, offsets, weights, mode }: CheckedBags, from: number, to: number): CheckedBags {
  const [start, end] = [offsets[from] as number, offsets[to] as number];
  if (start === 0 && end === ids.length && to === offsets.length - 1) {
    return { ids, offsets: offsets.subarray(from), mode, given: ids.length, ...(weights && { weights }) };
  }
  return {
    ids: ids.subarray(start, end),
    offsets: offsets.subarray(from, to + 1).map((offset) => offset - start),
    mode,
    given: end - start,
    ...(weights && { weights: weights.subarray(start, end) }),
  };
}
