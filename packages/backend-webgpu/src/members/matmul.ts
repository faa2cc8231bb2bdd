import { sizeOf } from "@rowan/api";
import type { Backend, Handle, Shape, TensorRef } from "@rowan/api";
import { plainMatmul } from "../kernels/matmul.wgsl.ts";
import type { Steps } from "../order/steps.ts";
import type { GpuTensor } from "../storage/gpu-tensor.ts";
import { binary } from "./elementwise.ts";
import type { MemberContext } from "./member-context.ts";
import { putTile, takeTile } from "./tiles.ts";

/** From this inner extent on TensorFlow.js splits small products and adds the parts by atomics, in no fixed order. */
const splitFrom = 2000;

/** How products of matrices are computed: by the tiled kernels of TensorFlow.js, or one element of the result after another. */
export type Products = "tiled" | "plain";

/** A product, and its extents. */
interface Product {
  readonly a: TensorRef;
  readonly b: TensorRef;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  readonly batch: number;
  readonly rows: number;
  readonly inner: number;
  readonly columns: number;
}

/**
 * Products of matrices.
 *
 * @param context - The device and its memory.
 * @param products - How.
 * @returns This member of the contract.
 */
export function matmulMembers(context: MemberContext, products: Products): Pick<Backend, "matmul"> {
  const { tf } = context.gpu;
  const usual = tf.thresholdToIncreaseWorkgroups;
  return {
    matmul(a, b, transposeA, transposeB): Handle {
      const rows = a.shape.at(transposeA ? -1 : -2) as number;
      const inner = a.shape.at(transposeA ? -2 : -1) as number;
      const columns = b.shape.at(transposeB ? -2 : -1) as number;
      const batch = sizeOf(a.shape.length > b.shape.length ? a.shape.slice(0, -2) : b.shape.slice(0, -2));
      const length = batch * rows * columns;
      // A sum of nothing is 0.
      if (length === 0 || inner === 0) return context.storage.allocate("float32", length);
      const product = { a: context.hold(a), b: context.hold(b), transposeA, transposeB, batch, rows, inner, columns };
      return context.makeOne("float32", length, function* () {
        const isSmall = context.isInOneBlock(product.a) && context.isInOneBlock(product.b) && length <= context.storage.room.blockElements;
        return isSmall ? multiply(product) : yield* multiplyTiles(product);
      });
    },
  };

  /** Where one binding reaches each matrix. */
  function multiply({ a, b, transposeA, transposeB, batch, rows, inner, columns }: Product): GpuTensor {
    if (products === "plain") {
      const result = context.result("float32", batch * rows * columns);
      const isBatched = (x: TensorRef): number => Number(sizeOf(x.shape.slice(0, -2)) > 1);
      const numbers = [
        ...[result.length, rows, columns, inner],
        ...[isBatched(a) * rows * inner, transposeA ? 1 : inner, transposeA ? rows : 1],
        ...[isBatched(b) * inner * columns, transposeB ? inner : 1, transposeB ? 1 : columns],
      ];
      context.run(plainMatmul, numbers, [context.block(a), context.block(b), ...result.blocks], result.length);
      return result;
    }
    // At 0 it never looks for ways to make more workgroups, of which atomics are one. The object is our own.
    tf.thresholdToIncreaseWorkgroups = inner >= splitFrom ? 0 : usual;
    const flat = (shape: Shape): Shape => [sizeOf(shape.slice(0, -2)), ...shape.slice(-2)];
    const inputs = { a: context.info(a, flat(a.shape)), b: context.info(b, flat(b.shape)) };
    return context.runTfjs("BatchMatMul", inputs, { transposeA, transposeB }, "float32");
  }

  function multiplyTiles(product: Product): Steps<GpuTensor> {
    const { batch, rows, columns } = product;
    const extents = tileOf(product, context.storage.room.pieceElements);
    return context.filling(context.largeResult("float32", batch * rows * columns), function* (result) {
      for (let matrix = 0; matrix < batch; matrix++) {
        for (let row = 0; row < rows; row += extents.rows) {
          for (let column = 0; column < columns; column += extents.columns) {
            const tile = {
              base: matrix * rows * columns,
              stride: columns,
              row,
              rows: Math.min(extents.rows, rows - row),
              column,
              columns: Math.min(extents.columns, columns - column),
            };
            yield* context.using(function* (keep) {
              const sum = keep(yield* sumTiles(product, matrix, tile, extents.inner));
              yield* putTile(context, sum, result, tile);
            });
          }
        }
      }
    });
  }

  /** One tile of the result: the products of the tiles of both sides along the inner axis, added up. */
  function* sumTiles(
    { a, b, transposeA, transposeB, rows, inner, columns }: Product,
    matrix: number,
    tile: { readonly row: number; readonly rows: number; readonly column: number; readonly columns: number },
    step: number,
  ): Steps<GpuTensor> {
    const baseOf = (x: TensorRef, size: number): number => (sizeOf(x.shape.slice(0, -2)) > 1 ? matrix * size : 0);
    const shape = [tile.rows, tile.columns];
    let sum: GpuTensor | undefined;
    for (let from = 0; from < inner; from += step) {
      const depth = Math.min(step, inner - from);
      const left = { base: baseOf(a, rows * inner), stride: transposeA ? rows : inner };
      const right = { base: baseOf(b, inner * columns), stride: transposeB ? inner : columns };
      const ofInner = { row: from, rows: depth };
      const acrossInner = { column: from, columns: depth };
      const aTile = transposeA
        ? { ...left, ...ofInner, column: tile.row, columns: tile.rows }
        : { ...left, row: tile.row, rows: tile.rows, ...acrossInner };
      const bTile = transposeB
        ? { ...right, row: tile.column, rows: tile.columns, ...acrossInner }
        : { ...right, ...ofInner, column: tile.column, columns: tile.columns };
      const before = sum;
      sum = yield* context.using(function* (end): Steps<GpuTensor> {
        // A long inner axis has many tiles: their sums must not lie on the device all at once.
        if (before) end(before);
        const near = { a: yield* takeTile(context, a, aTile, end), b: yield* takeTile(context, b, bTile, end) };
        const part = multiply({ ...near, transposeA, transposeB, batch: 1, rows: tile.rows, inner: depth, columns: tile.columns });
        if (!before) return part;
        const [x, y] = [before, end(part)].map((handle): TensorRef => ({ handle, shape, dtype: "float32" })) as [TensorRef, TensorRef];
        return yield* binary(context, "add", x, y, shape);
      });
    }
    return sum as GpuTensor;
  }
}

/** Extents of tiles of both sides and of the result that each have at most so many elements: the longest axes are halved. */
function tileOf({ rows, inner, columns }: Product, most: number): { rows: number; inner: number; columns: number } {
  const extents = { rows, inner, columns };
  const pairs = [
    ["rows", "inner"],
    ["inner", "columns"],
    ["rows", "columns"],
  ] as const;
  for (;;) {
    const tooLarge = pairs.find(([x, y]) => extents[x] * extents[y] > most);
    if (!tooLarge) return extents;
    const [x, y] = tooLarge;
    const longer = extents[x] >= extents[y] ? x : y;
    extents[longer] = Math.ceil(extents[longer] / 2);
  }
}
