import { touch, touchLines } from "./lanes";

/** Rows that memory is asked for at once, in bytes: of 4, 8 and 16 KiB this was the fastest. With their copies they fill two thirds of a first cache. */
const aheadBytes: u32 = 16384;
/** Longer rows keep memory busy by themselves. */
const longestTouched: u32 = 2048;

/**
 * A row of any size: whole vectors, then one that ends where the row ends and overlaps the one before. Measured on rows of 64 to
 * 1024 bytes, this is level with `memory.copy` and with several rows interleaved.
 */
@inline
function copyRow(source: usize, target: usize, bytes: u32): void {
  if (bytes >= 16) {
    const last = bytes - 16;
    let at: u32 = 0;
    for (; at + 64 <= bytes; at += 64) {
      const a = v128.load(source + at);
      const b = v128.load(source + at, 16);
      const c = v128.load(source + at, 32);
      const d = v128.load(source + at, 48);
      v128.store(target + at, a);
      v128.store(target + at, b, 16);
      v128.store(target + at, c, 32);
      v128.store(target + at, d, 48);
    }
    for (; at < last; at += 16) v128.store(target + at, v128.load(source + at));
    if (at < bytes) v128.store(target + last, v128.load(source + last));
  } else if (bytes >= 8) {
    store<u64>(target, load<u64>(source));
    store<u64>(target + bytes - 8, load<u64>(source + bytes - 8));
  } else if (bytes >= 4) {
    store<u32>(target, load<u32>(source));
    store<u32>(target + bytes - 4, load<u32>(source + bytes - 4));
  } else {
    for (let at: u32 = 0; at < bytes; at++) store<u8>(target + at, load<u8>(source + at));
  }
}

/** Rows of one word. */
function gatherWords(source: usize, ids: usize, out: usize, count: u32): void {
  for (let i: u32 = 0; i < count; i++) store<u32>(out + (i << 2), load<u32>(source + (load<u32>(ids + (i << 2)) << 2)));
}

/** Rows of one vector. */
function gatherVectors(source: usize, ids: usize, out: usize, count: u32): void {
  for (let i: u32 = 0; i < count; i++) v128.store(out + (i << 4), v128.load(source + (load<u32>(ids + (i << 2)) << 4)));
}

/**
 * Asks for memory that will be written: a store of 16 bytes reads its line first, and some processors keep so few stores waiting that
 * those of seven rows of 256 bytes are all. Others fetch these lines early by themselves, and asking is in their way.
 */
@inline
function touchRange(address: usize, bytes: u32): void {
  const end: usize = address + (bytes & ~255);
  for (; address < end; address += 256) touchLines(address);
}

@inline
function copyRows(source: usize, ids: usize, out: usize, count: u32, rowBytes: u32): void {
  for (let i: u32 = 0; i < count; i++, ids += 4, out += rowBytes) copyRow(source + load<u32>(ids) * rowBytes, out, rowBytes);
}

/** `asks`: whether the lines of `out` are asked for before they are written. It changes the time and nothing else. */
export function gatherRows(source: usize, ids: usize, out: usize, count: u32, rowBytes: u32, asks: bool): void {
  if (rowBytes == 4) gatherWords(source, ids, out, count);
  else if (rowBytes == 16) gatherVectors(source, ids, out, count);
  else if (rowBytes > longestTouched || rowBytes == 0) copyRows(source, ids, out, count, rowBytes);
  else {
    const group: u32 = aheadBytes / rowBytes;
    for (; count > group; count -= group, ids += group << 2, out += group * rowBytes) {
      touch(source, ids, 0, group, rowBytes);
      if (asks) touchRange(out, group * rowBytes);
      copyRows(source, ids, out, group, rowBytes);
    }
    touch(source, ids, 0, count, rowBytes);
    copyRows(source, ids, out, count, rowBytes);
  }
}

export function scatterRows(target: usize, ids: usize, rows: usize, count: u32, rowBytes: u32): void {
  for (let i: u32 = 0; i < count; i++, ids += 4, rows += rowBytes) copyRow(rows, target + load<u32>(ids) * rowBytes, rowBytes);
}
