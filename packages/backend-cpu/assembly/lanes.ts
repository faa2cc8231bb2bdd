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
