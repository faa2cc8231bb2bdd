import { InternalError } from "@rowan/api";
import { streamedBytes } from "./gathering.ts";
import type { WasmKernels } from "./kernels.ts";
import type { NativeAddon } from "./native-addon.ts";
import type { WasmMemory } from "./wasm/web-assembly.ts";

/** Less than this many bytes of rows is done sooner in WASM: a call of an addon takes as long as two of WASM and reads its arguments. */
const leastBytes = 1 << 13;

/** Rows of fewer bytes are WASM's: a vector of the native kernels is longer. */
const shortestRow = 32;

/** Results that are larger than this are stored past the caches when asked for: what is smaller is read from there next. */
const leastStreamed = 1 << 18;

/** Steps are native for rows of a multiple of so many columns. */
export const vectorColumns = 8;

/** As the kernels call it. */
const int8 = 0;
/** Modes of bags up to this one are sums. */
const lastSum = 2;

/** What works in the memory of WASM. */
type KernelName = "gatherRows" | "sumBags" | "sumInt8Bags" | "adam" | "catchUpAdam" | "catchUpAdamGather";

/**
 * The kernels over a shared memory, those of the addon where it has them.
 *
 * @param kernels - WASM kernels over the memory.
 * @param memory - A shared memory: it never moves.
 * @param addon - The addon.
 * @returns Kernels with the same results.
 */
export function withNative(kernels: WasmKernels, memory: WasmMemory, addon: NativeAddon): WasmKernels {
  const start = addon.addressOf(new Uint8Array(memory.buffer));
  if (start === 0) return kernels;
  /** Another thread may have made the memory grow, of which this one hears some time later, or when it makes it grow itself. */
  const hearOfGrowth = (): unknown => memory.grow(0);
  const run = (name: KernelName, ...args: number[]): void => {
    if (addon[name](start, memory.buffer.byteLength, ...args)) return;
    hearOfGrowth();
    if (!addon[name](start, memory.buffer.byteLength, ...args))
      throw new InternalError(`${name} was called with rows outside of the memory.`);
  };
  /** Bytes of the rows that bags are made of. */
  const bytesOfBags = (offsets: number, bags: number, rowBytes: number): number => {
    if (offsets + (bags + 1) * 4 > memory.buffer.byteLength) hearOfGrowth();
    const bounds = new Int32Array(memory.buffer, offsets, bags + 1);
    return ((bounds[bags] as number) - (bounds[0] as number)) * rowBytes;
  };
  const streams = (bags: number, dim: number): number => Number(bags * dim * 4 >= streamedBytes);
  return {
    ...kernels,
    gatherRows(source, ids, out, count, rowBytes, way = 0) {
      const bytes = count * rowBytes;
      if (bytes < leastBytes || rowBytes < shortestRow) kernels.gatherRows(source, ids, out, count, rowBytes, way);
      else run("gatherRows", source, ids, out, count, rowBytes, bytes < leastStreamed ? 0 : way);
    },
    sumBags(source, ids, offsets, weights, weighted, out, bags, dim, mode) {
      const rowBytes = dim * 4;
      if (rowBytes < shortestRow || bytesOfBags(offsets, bags, rowBytes) < leastBytes) {
        kernels.sumBags(source, ids, offsets, weights, weighted, out, bags, dim, mode);
      } else run("sumBags", source, ids, offsets, weights, weighted, out, bags, dim, mode, streams(bags, dim));
    },
    foldCoded(code, data, scale, zeros, ids, offsets, weights, weighted, out, bags, dim, block, mode) {
      const isNative = code === int8 && mode <= lastSum && block >= dim && dim * 4 >= shortestRow;
      if (!isNative || bytesOfBags(offsets, bags, dim) < leastBytes) {
        kernels.foldCoded(code, data, scale, zeros, ids, offsets, weights, weighted, out, bags, dim, block, mode);
      } else run("sumInt8Bags", data, scale, ids, offsets, weights, weighted, out, bags, dim, mode, streams(bags, dim));
    },
    adam(target, moment, velocity, largest, gradient, ids, indexed, rows, dim, decay, stepSize, keep1, keep2, epsilon, amsgrad) {
      const isNative = indexed !== 0 && amsgrad === 0 && dim % vectorColumns === 0 && rows * dim * 4 >= leastBytes;
      if (isNative) run("adam", target, moment, velocity, gradient, ids, rows, dim, decay, stepSize, keep1, keep2, epsilon);
      else {
        kernels.adam(target, moment, velocity, largest, gradient, ids, indexed, rows, dim, decay, stepSize, keep1, keep2, epsilon, amsgrad);
      }
    },
    catchUpAdam(target, moment, velocity, largest, ids, factors, groups, rows, dim, columns, epsilon, amsgrad) {
      const isNative = amsgrad === 0 && dim % vectorColumns === 0 && rows * dim * 4 >= leastBytes;
      if (isNative) run("catchUpAdam", target, moment, velocity, ids, factors, groups, rows, dim, columns, epsilon);
      else kernels.catchUpAdam(target, moment, velocity, largest, ids, factors, groups, rows, dim, columns, epsilon, amsgrad);
    },
    catchUpAdamGather: (...args) => run("catchUpAdamGather", ...args),
  };
}

/**
 * Asks for huge pages for a memory, of the part that it may grow into too: a table of 256 MB on pages of 4 KiB misses the processor's cache
 * of page addresses at each row.
 *
 * @param memory - The memory.
 * @param maximumBytes - How far it may grow: so much address space is its own from the start.
 * @param addon - The addon.
 */
export function adviseHugePages(memory: WasmMemory, maximumBytes: number, addon: NativeAddon): void {
  const start = addon.addressOf(new Uint8Array(memory.buffer));
  if (start !== 0) addon.adviseHugePages(start, maximumBytes);
}
