import type { FasterWay } from "./faster-way.ts";
import type { WasmKernels } from "./kernels.ts";

type GatherRows = WasmKernels["gatherRows"];

/** How a backend gathers float32 rows: each of its two ways gives the same rows, and which is faster depends on the processor. */
export interface Gathering {
  readonly gatherRows: GatherRows;
  /** The `way` of the kernel `gatherRows` for whoever takes a part of a result of so many bytes. */
  wayOf(bytes: number): number;
}

/** Rows of these lengths are copied in groups, before which memory is asked for; see \`assembly/rows.ts\`. */
const [shortest, longest] = [64, 2048];

/** Bytes of rows that are timed at a time: a twentieth of a millisecond or more, and larger than the first caches. */
const pieceBytes = 1 << 19;

/** Results of fewer bytes are likely to be read before they leave the caches; native kernels store larger ones past them. */
export const streamedBytes: number = 1 << 23;

/**
 * The gather of native kernels, whose other way is to store past the caches: large results would only push out the rows of the table.
 *
 * @param kernels - Native kernels.
 * @returns The same kernel, which decides \`way\` by itself.
 */
export function streamedGather(kernels: Pick<WasmKernels, "gatherRows">): Gathering {
  const wayOf = (bytes: number): number => Number(bytes >= streamedBytes);
  return {
    gatherRows: (source, ids, out, count, rowBytes) => kernels.gatherRows(source, ids, out, count, rowBytes, wayOf(count * rowBytes)),
    wayOf,
  };
}

/**
 * The gather of WASM kernels, which finds out whether asking for the memory of its results pays: on one processor (Xeon, with AVX-512) it took a sixth
 * off, on another (EPYC, third generation) a seventh more.
 *
 * @param kernels - WASM kernels.
 * @param asking - Which of both ways is the faster one; kept by this as it learns.
 * @returns The same kernel, which decides `way` by itself.
 */
export function measuredGather(kernels: Pick<WasmKernels, "gatherRows">, asking: FasterWay): Gathering {
  const gatherRows: GatherRows = (source, ids, out, count, rowBytes) => {
    const piece = Math.floor(pieceBytes / rowBytes);
    let from = 0;
    const next = (rows: number, way: number): void => {
      kernels.gatherRows(source, ids + from * 4, out + from * rowBytes, rows, rowBytes, way);
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
  return { gatherRows, wayOf: () => asking.best };
}
