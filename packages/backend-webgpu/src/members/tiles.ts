/** Tiles of matrices that no kernel can take whole. */
import { createTypedArray } from "@rowan/api";
import type { TensorRef } from "@rowan/api";
import { putColumns, takeColumns } from "../kernels/columns.wgsl.ts";
import { waitFor } from "../order/steps.ts";
import type { Steps } from "../order/steps.ts";
import type { Block, GpuTensor } from "../storage/gpu-tensor.ts";
import { settleHost, writeHosted } from "./host-values.ts";
import type { Keep, MemberContext } from "./member-context.ts";
import { putPiece, takePiece } from "./pieces.ts";
import { readRange, uploadValues } from "./transfer.ts";

/** Some rows and columns of a matrix of words, which may be one of several that lie behind one another. */
export interface Tile {
  /** The first element of the matrix, and the length of its rows. */
  readonly base: number;
  readonly stride: number;
  readonly row: number;
  readonly rows: number;
  readonly column: number;
  readonly columns: number;
}

function startOf({ base, stride, row, column }: Tile): number {
  return base + row * stride + column;
}

/**
 * Cuts a tile into smaller ones.
 *
 * @param tile - All of it.
 * @param most - The most elements of each.
 * @returns Whole rows where these are short enough.
 */
export function* tilesOf(tile: Tile, most: number): Generator<Tile> {
  const columns = Math.min(tile.columns, most);
  const rows = Math.max(1, Math.floor(most / columns));
  for (let row = 0; row < tile.rows; row += rows) {
    for (let column = 0; column < tile.columns; column += columns) {
      yield {
        ...tile,
        row: tile.row + row,
        rows: Math.min(rows, tile.rows - row),
        column: tile.column + column,
        columns: Math.min(columns, tile.columns - column),
      };
    }
  }
}

function runWindows(tile: Tile, blocks: readonly Block[], run: (numbers: number[], block: Block) => void): void {
  const { rows, columns, stride } = tile;
  const [first, last] = [startOf(tile), startOf({ ...tile, row: tile.row + rows - 1 }) + columns];
  for (const block of blocks) {
    const end = block.start + block.length;
    if (block.start < last && end > first) run([rows * columns, columns, stride, first, block.start, end], block);
  }
}

/**
 * A tile in one block.
 *
 * @param context - The device and its memory.
 * @param ref - The matrix, anywhere, of any dtype but packed bytes.
 * @param tile - Which part; one block can hold it.
 * @param keep - Marks a copy.
 * @returns `[rows, columns]`.
 */
export function* takeTile(context: MemberContext, ref: TensorRef, tile: Tile, keep: Keep): Steps<TensorRef> {
  const { stride, rows, columns } = tile;
  const shape = [rows, columns];
  const length = rows * columns;
  if (columns === stride) return { handle: yield* takePiece(context, ref, startOf(tile), length, keep), shape, dtype: ref.dtype };
  const tensor = context.tensor(ref);
  if (tensor.host) {
    yield* settleHost(context, tensor);
    const { values } = tensor.host;
    const data = createTypedArray(tensor.dtype, length);
    for (let i = 0, at = startOf(tile); i < rows; i++, at += stride) data.set(values.subarray(at, at + columns), i * columns);
    return { handle: keep(uploadValues(context, tensor.dtype, data)), shape, dtype: ref.dtype };
  }
  const result = keep(context.result(tensor.dtype, length));
  const [to] = result.blocks as readonly [Block];
  runWindows(tile, tensor.blocks, (numbers, from) => context.run(takeColumns, numbers, [from, to], length));
  return { handle: result, shape, dtype: ref.dtype };
}

/**
 * A tile goes to its place.
 *
 * @param context - The device and its memory.
 * @param source - `[rows, columns]`, in one block.
 * @param target - The matrix, anywhere.
 * @param tile - Where to.
 */
export function* putTile(context: MemberContext, source: GpuTensor, target: GpuTensor, tile: Tile): Steps<void> {
  const { stride, rows, columns } = tile;
  if (columns === stride) {
    yield* putPiece(context, source, target, startOf(tile));
    return;
  }
  if (target.host) {
    const values = yield* waitFor(readRange(context, source, 0, source.length));
    for (let i = 0, at = startOf(tile); i < rows; i++, at += stride) {
      writeHosted(context, target.host, values.subarray(i * columns, (i + 1) * columns), at);
    }
    return;
  }
  const [from] = source.blocks as readonly [Block];
  runWindows(tile, target.blocks, (numbers, to) => context.run(putColumns, numbers, [from, to], source.length));
}
