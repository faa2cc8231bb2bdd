// How many elements a vector step touches: a kernel says its formula once, for four words and for the words that remain.

/** Four words. */
@unmanaged
export class Four {
  @inline load(address: usize): v128 {
    return v128.load(address);
  }
  @inline store(address: usize, value: v128): void {
    v128.store(address, value);
  }
}

/** One word, in the first lane; the other lanes are zero. */
@unmanaged
export class One {
  @inline load(address: usize): v128 {
    return v128.load32_zero(address);
  }
  @inline store(address: usize, value: v128): void {
    v128.store_lane<u32>(address, value, 0);
  }
}

/** Moments that decay end as denormal numbers, on which processors are many times slower. NaN stays. */
@inline
export function flush(moment: v128): v128 {
  return v128.andnot(moment, f32x4.lt(f32x4.abs(moment), f32x4.splat(1e-38)));
}

/** Rows that are asked for together. */
export const ahead: u32 = 16;

/**
 * Asks memory for the next rows, all at once. Rows far apart wait for memory, and a row's arithmetic is too long for a processor to see
 * the next row behind it: without this they wait one after another. A load whose value is dropped stays, since it could trap.
 */
@inline
export function touch(base: usize, ids: usize, from: u32, to: u32, rowBytes: u32): void {
  // Long rows wait once for many elements, and so many of them would not stay in the first cache.
  if (rowBytes > 2048) return;
  for (let i = from; i < to; i++) {
    const row: usize = base + load<u32>(ids + (i << 2)) * rowBytes;
    for (let line: u32 = 0; line < rowBytes; line += 64) load<u32>(row + line);
  }
}
