import { EmbeddingTable, NDArray } from "@rowan/api";
import type { Backend } from "@rowan/api";
import { inPieces } from "./data.ts";
import type { Room } from "./room.ts";

/** Rows that contenders share. */
interface Rows {
  /** `[rows, dim]`, flat. */
  readonly values: Float32Array;
  readonly rows: number;
  readonly dim: number;
}

/**
 * A table of given rows: as `EmbeddingTable.from` makes it, but so that signals have their turn.
 *
 * @param rows - Copied.
 * @param backend - Where it lies; one that shows its memory.
 * @param room - Whose signal ends it.
 * @throws InterruptedError where the signal was set off meanwhile.
 */
export async function tableOf({ values, rows, dim }: Rows, backend: Backend, { signal }: Pick<Room, "signal">): Promise<EmbeddingTable> {
  const table = EmbeddingTable.create({ inputDim: rows, outputDim: dim, initializer: "zeros", backend });
  const view = backend.hostView?.(table.tensor) as Float32Array;
  await inPieces(values.length, signal, (from, to) => view.set(values.subarray(from, to), from));
  return table;
}

/**
 * The same rows in a quarter of the bytes: as `quantize("int8")` makes them, but so that signals have their turn.
 *
 * @param rows - Copied.
 * @param backend - Where it lies.
 * @param room - Whose signal ends it.
 * @throws InterruptedError where the signal was set off meanwhile.
 */
export async function int8TableOf(
  { values, rows, dim }: Rows,
  backend: Backend,
  { signal }: Pick<Room, "signal">,
): Promise<EmbeddingTable> {
  const data = new Int8Array(rows * dim);
  const scale = new Float32Array(rows);
  await inPieces(
    rows,
    signal,
    async (from, to) => {
      const floats = EmbeddingTable.from(values.subarray(from * dim, to * dim), { shape: [to - from, dim], backend });
      const small = await floats.quantize("int8");
      const piece = await small.quantizedData();
      data.set(piece.data.data, from * dim);
      scale.set((piece.scale as NDArray).data, from);
      floats.dispose();
      small.dispose();
    },
    dim,
  );
  const stored = { kind: "int8", outputDim: dim, data: new NDArray(data, [rows, dim]), scale: new NDArray(scale, [rows]) } as const;
  return EmbeddingTable.fromQuantized(stored, { backend });
}
