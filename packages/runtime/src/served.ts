import type {
  BagsInput,
  EmbeddingTable,
  IdsInput,
  InvalidIdPolicy,
  MostSimilarOptions,
  NDArray,
  Neighbour,
  RowsOut,
  Shape,
  SimilarityQueries,
} from "@rowan/api";
import type { Stop } from "./stop.ts";

/** What one call may be given beside its input. */
export interface ServeOptions {
  readonly out?: RowsOut | undefined;
  readonly invalidIds?: InvalidIdPolicy | undefined;
  readonly stop: Stop;
  /** Called with each piece of work that begins; `pooled` where a worker does it. */
  readonly onStart: (pooled: boolean) => void;
}

/** Memory of `pool.allocate()`. */
export type PoolArray = NDArray & { dispose(): void };

/** Rows that a pool serves. */
export interface Served {
  readonly inputDim: number;
  readonly outputDim: number;
  /** The table, where it is one. */
  readonly table?: EmbeddingTable;
  lookup(ids: IdsInput, options: ServeOptions): Promise<NDArray>;
  lookupBags(bags: BagsInput, options: ServeOptions): Promise<NDArray>;
  mostSimilar(queries: SimilarityQueries, options: MostSimilarOptions, serve: ServeOptions): Promise<Neighbour[][]>;
  allocate(shape: Shape): PoolArray;
}
