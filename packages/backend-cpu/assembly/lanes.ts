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

/** Asks memory for four lines of 64 bytes. A load whose value is dropped stays in the program, since it could trap. */
@inline
export function touchLines(address: usize): void {
  load<u8>(address);
  load<u8>(address, 64);
  load<u8>(address, 128);
  load<u8>(address, 192);
}

/**
 * Asks memory for the next rows, all at once. Rows far apart wait for memory, and what is computed from a row waits with it in the few
 * places that a processor has for such work: without this, about six rows are on their way at a time. Loads that nothing depends on do
 * not take these places. Loops are written out, since a turn of a loop costs as much as three loads.
 */
export function touch(base: usize, ids: usize, from: u32, to: u32, rowBytes: u32): void {
  // Long rows wait once for many elements, and so many of them would not stay in the first cache.
  if (rowBytes > 2048 || from >= to) return;
  let id: usize = ids + (from << 2);
  const end: usize = ids + (to << 2);
  if (rowBytes <= 64) {
    for (; id + 12 < end; id += 16) {
      load<u8>(base + load<u32>(id) * rowBytes);
      load<u8>(base + load<u32>(id, 4) * rowBytes);
      load<u8>(base + load<u32>(id, 8) * rowBytes);
      load<u8>(base + load<u32>(id, 12) * rowBytes);
    }
    for (; id < end; id += 4) load<u8>(base + load<u32>(id) * rowBytes);
  } else if (rowBytes < 256) {
    for (; id < end; id += 4) {
      const row: usize = base + load<u32>(id) * rowBytes;
      load<u8>(row);
      load<u8>(row, 64);
      if (rowBytes > 128) load<u8>(row, 128);
      if (rowBytes > 192) load<u8>(row, 192);
    }
  } else {
    for (; id < end; id += 4) {
      let row: usize = base + load<u32>(id) * rowBytes;
      // The last four lines end where the row ends, and may overlap those before.
      const last: usize = row + rowBytes - 256;
      for (; row < last; row += 256) touchLines(row);
      touchLines(last);
    }
  }
}
