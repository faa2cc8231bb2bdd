import type { FasterWay } from "./faster-way.ts";
import type { WasmKernels } from "./kernels.ts";

type GatherRows = WasmKernels["gatherRows"];

/** Rows of these lengths are copied in groups, before which memory is asked for; see `assembly/rows.ts`. */
const [shortest, longest] = [64, 2048];

/** Bytes of rows that are timed at a time: a twentieth of a millisecond or more, and larger than the first caches. */
const pieceBytes = 1 << 19;

/**
 * A gather that finds out whether asking for the memory of its results pays: on one processor (Xeon, with AVX-512) it took a sixth
 * off, on another (EPYC, third generation) a seventh more.
 *
 * @param kernels - WASM kernels.
 * @param asking - Which of both ways is the faster one; kept by this as it learns.
 * @returns The same kernel, which decides `asks` by itself.
 */
export function measuredGather(kernels: Pick<WasmKernels, "gatherRows">, asking: FasterWay): GatherRows {
  return (source, ids, out, count, rowBytes) => {
    const piece = Math.floor(pieceBytes / rowBytes);
    let from = 0;
    const next = (rows: number, asks: number): void => {
      kernels.gatherRows(source, ids + from * 4, out + from * rowBytes, rows, rowBytes, asks);
      from += rows;
    };
    if (rowBytes >= shortest && rowBytes <= longest) {
      while (count - from >= 2 * piece && asking.wantsToCompare) {
        asking.compare(
          (way) => next(piece, way),
          (way) => next(piece, way),
        );
      }
    }
    next(count - from, asking.best);
  };
}
