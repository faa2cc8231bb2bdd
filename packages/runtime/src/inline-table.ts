import type { BagsInput, EmbeddingTable, IdsInput, MostSimilarOptions, NDArray, Neighbour, Shape, SimilarityQueries } from "@rowan/api";
import type { PoolArray, ServeOptions, Served } from "./served.ts";

/** A table without workers: where threads cannot share memory, its own lookups are all there is. */
export class InlineTable implements Served {
  readonly table: EmbeddingTable;

  constructor(table: EmbeddingTable) {
    this.table = table;
  }

  get inputDim(): number {
    return this.table.inputDim;
  }

  get outputDim(): number {
    return this.table.outputDim;
  }

  lookup(ids: IdsInput, options: ServeOptions): Promise<NDArray> {
    return runInline(options, () => this.table.lookup(ids, given(options)));
  }

  lookupBags(bags: BagsInput, options: ServeOptions): Promise<NDArray> {
    return runInline(options, () => this.table.lookupBags(bags, given(options)));
  }

  mostSimilar(queries: SimilarityQueries, options: MostSimilarOptions, serve: ServeOptions): Promise<Neighbour[][]> {
    return runInline(serve, () => this.table.mostSimilarBatch(queries, options));
  }

  allocate(shape: Shape): PoolArray {
    return this.table.allocate(shape);
  }
}

/**
 * Work of the calling thread as a part of a call.
 *
 * @param serve - What may stop it.
 * @param work - The work, which cannot be stopped on its way.
 * @returns What it gave.
 */
export async function runInline<T>({ stop, onStart }: ServeOptions, work: () => Promise<T>): Promise<T> {
  stop.check();
  onStart(false);
  const result = await work();
  stop.check();
  return result;
}

function given({ out, invalidIds }: ServeOptions): { out?: NonNullable<typeof out>; invalidIds?: NonNullable<typeof invalidIds> } {
  return { ...(out && { out }), ...(invalidIds && { invalidIds }) };
}
