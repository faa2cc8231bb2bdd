import { InvalidArgumentError, NDArray, checkBags, checkIds, formatShape, mergeNearest, searchSimilar, sizeOf } from "@rowan/api";
import type { BagsInput, IdsInput, MostSimilarOptions, Nearest, Neighbour, RowSource, Shape, SimilarityQueries } from "@rowan/api";
import { nearestHostRows, reduceHostRows } from "./host-rows.ts";
import { outputFor } from "./output.ts";
import type { PoolArray, ServeOptions, Served } from "./served.ts";
import type { Stop } from "./stop.ts";
import { uniqueIds } from "./unique-ids.ts";

/** So many values of rows are fetched at once, which bounds the memory beside the result. */
const windowElements = 1 << 21;

/** Ordinary memory in the place of a backend's. */
class HostArray extends NDArray {
  /** Nothing is held that the garbage collector does not see. */
  dispose(): void {}
}

/** Rows of any source: it is asked for each of them once in a window of the call, by several requests beside each other. */
export class ServedSource implements Served {
  readonly #source: RowSource;
  readonly #requests: number;

  /**
   * @param source - Where rows come from.
   * @param requests - How many requests it gets at a time.
   */
  constructor(source: RowSource, requests: number) {
    this.#source = source;
    this.#requests = requests;
  }

  get inputDim(): number {
    return this.#source.inputDim;
  }

  get outputDim(): number {
    return this.#source.outputDim;
  }

  async lookup(ids: IdsInput, options: ServeOptions): Promise<NDArray> {
    const { invalidIds = "throw" } = options;
    const checked = checkIds(ids, this.inputDim, invalidIds);
    const output = outputFor(options.out, [...checked.shape, this.outputDim]);
    await this.#rowsInto(checked.data, output.data, options);
    for (const at of checked.zeroed ?? []) output.data.fill(0, at * this.outputDim, (at + 1) * this.outputDim);
    return output.result;
  }

  async lookupBags(bags: BagsInput, options: ServeOptions): Promise<NDArray> {
    const { outputDim: dim } = this;
    const { invalidIds = "throw" } = options;
    const checked = checkBags(bags, this.inputDim, invalidIds);
    const { ids, offsets, weights, mode } = checked;
    const count = offsets.length - 1;
    const output = outputFor(options.out, [count, dim]);
    const most = this.#window;
    for (let from = 0; from < count;) {
      let to = from + 1;
      const start = offsets[from] as number;
      while (to < count && (offsets[to + 1] as number) - start <= most) to++;
      const end = offsets[to] as number;
      const rows = new Float32Array((end - start) * dim);
      await this.#rowsInto(ids.subarray(start, end), rows, options);
      const part = {
        ids,
        offsets: offsets.subarray(from, to + 1).map((offset) => offset - start),
        mode,
        given: end - start,
        ...(weights && { weights: weights.subarray(start, end) }),
      };
      reduceHostRows(rows, dim, part, output.data.subarray(from * dim, to * dim));
      from = to;
    }
    return output.result;
  }

  mostSimilar(queries: SimilarityQueries, options: MostSimilarOptions, serve: ServeOptions): Promise<Neighbour[][]> {
    const { inputDim: rows, outputDim: dim } = this;
    return searchSimilar(this.#source, queries, options, async (vectors, metric, k) => {
      let found: Nearest[] = Array.from({ length: vectors.shape[0] ?? 0 }, () => ({ values: [], indices: [] }));
      const block = Math.min(this.#window, rows);
      const data = new Float32Array(block * dim);
      for (let from = 0; from < rows; from += block) {
        const length = Math.min(block, rows - from);
        const part = data.subarray(0, length * dim);
        await this.#rowsInto(
          Int32Array.from({ length }, (_, i) => from + i),
          part,
          serve,
        );
        found = mergeNearest(found, nearestHostRows(part, vectors.data as Float32Array, dim, metric, Math.min(k, length)), from, k);
      }
      return found;
    });
  }

  allocate(shape: Shape): PoolArray {
    if (![...shape].every((extent) => Number.isInteger(extent) && extent >= 0)) {
      throw new InvalidArgumentError(
        `\`allocate\` takes a number of rows, or the shape of the ids. Received: ${formatShape([...shape])}. Use integers from 0 on.`,
      );
    }
    const rows = [...shape, this.outputDim];
    return new HostArray(new Float32Array(sizeOf(rows)), rows);
  }

  get #window(): number {
    return Math.max(1, Math.floor(windowElements / this.outputDim));
  }

  async #rowsInto(ids: Int32Array, out: Float32Array, { stop, onStart }: ServeOptions): Promise<void> {
    const { outputDim: dim } = this;
    for (let from = 0; from < ids.length; from += this.#window) {
      stop.check();
      onStart(false);
      const { unique, places } = uniqueIds(ids.subarray(from, from + this.#window));
      const rows = await untilStopped(stop, this.#fetch(unique));
      for (let i = 0; i < places.length; i++) {
        const at = (places[i] as number) * dim;
        out.set(rows.subarray(at, at + dim), (from + i) * dim);
      }
    }
  }

  async #fetch(ids: Int32Array): Promise<Float32Array> {
    const { outputDim: dim } = this;
    const rows = new Float32Array(ids.length * dim);
    const step = Math.max(1, Math.ceil(ids.length / this.#requests));
    const requests = Array.from({ length: Math.ceil(ids.length / step) }, async (_, index) => {
      const part = ids.subarray(index * step, (index + 1) * step);
      await this.#source.lookup(part, { out: rows.subarray(index * step * dim, (index * step + part.length) * dim) });
    });
    await Promise.all(requests);
    return rows;
  }
}

/** A source knows of no limits: a request that was stopped ends when it ends, and what it brings is dropped. */
async function untilStopped<T>(stop: Stop, work: Promise<T>): Promise<T> {
  let forget: () => void = () => undefined;
  const stopped = new Promise<void>((resolve) => {
    forget = stop.onStop(() => {
      resolve();
    });
  });
  try {
    await Promise.race([work, stopped]);
  } finally {
    forget();
    // Nobody waits for it where the call was stopped.
    work.catch(() => undefined);
  }
  stop.check();
  return work;
}
