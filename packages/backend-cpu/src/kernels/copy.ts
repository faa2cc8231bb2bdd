import type { CopyKernels } from "../kernels.ts";
import { walk2, walk3 } from "./walk.ts";

function copyBox(
  source: Int32Array | Uint8Array,
  sourceStart: number,
  target: Int32Array | Uint8Array,
  targetStart: number,
  layout: Int32Array,
  rank: number,
): void {
  walk2(layout, rank, (s, t, count, strideS, strideT) => {
    for (let i = 0; i < count; i++) target[targetStart + t + i * strideT] = source[sourceStart + s + i * strideS] as number;
  });
}

function select<A extends Int32Array | Uint8Array>(condition: Uint8Array, a: A, b: A, out: A, layout: Int32Array, rank: number): void {
  let o = 0;
  walk3(layout, rank, 3, (c, pa, count, strideC, strideA, pb, strideB) => {
    for (let i = 0; i < count; i++) out[o++] = (condition[c + i * strideC] === 0 ? b[pb + i * strideB] : a[pa + i * strideA]) as number;
  });
}

/** Memory moved as it is, over typed arrays. */
export const copyKernels: CopyKernels<Int32Array, Uint8Array> = {
  copyBytes: (source, sourceStart, target, targetStart, bytes) =>
    target.set(source.subarray(sourceStart, sourceStart + bytes), targetStart),
  fillWords: (target, bits, count) => void target.fill(bits, 0, count),
  fillBytes: (target, value, count) => void target.fill(value, 0, count),
  copyBoxWords: copyBox,
  copyBoxBytes: copyBox,
  selectWords: select,
  selectBytes: select,
};
