import { bagDivisor } from "./divisor";
import { Four, One, touch } from "./lanes";

/** Rows that memory is asked for at once, of several bags: bytes that stay in the first cache until they are summed. */
const aheadBytes: u32 = 16384;

/** Longer rows keep memory busy by themselves: measured at rows of 1 KiB, asking for them ahead costs a fifth. */
const longestTouched: u32 = 512;

/** Asks for the rows of this bag and of those behind it, unless that was done. Returns the id up to which rows have been asked for. */
@inline
function touchAhead(source: usize, ids: usize, touched: u32, from: u32, to: u32, last: u32, rowBytes: u32): u32 {
  if (touched >= to || rowBytes > longestTouched || rowBytes == 0) return touched;
  const start = max(touched, from);
  const end = min(start + aheadBytes / rowBytes, last);
  touch(source, ids, start, end, rowBytes);
  return end;
}

/** How rows of a bag are put together, lane by lane. */
@unmanaged
class Sum {
  @inline weight(weights: usize, i: u32): v128 {
    return v128.load32_splat(weights + (i << 2));
  }
  @inline first(row: v128, weight: v128): v128 {
    return f32x4.add(f32x4.splat(0), f32x4.mul(row, weight));
  }
  @inline next(folded: v128, row: v128, weight: v128): v128 {
    return f32x4.add(folded, f32x4.mul(row, weight));
  }
}

@unmanaged
class PlainSum {
  @inline weight(weights: usize, i: u32): v128 {
    return f32x4.splat(1);
  }
  @inline first(row: v128, weight: v128): v128 {
    return f32x4.add(f32x4.splat(0), row);
  }
  @inline next(folded: v128, row: v128, weight: v128): v128 {
    return f32x4.add(folded, row);
  }
}

@unmanaged
class Largest {
  @inline weight(weights: usize, i: u32): v128 {
    return f32x4.splat(1);
  }
  @inline first(row: v128, weight: v128): v128 {
    return row;
  }
  @inline next(folded: v128, row: v128, weight: v128): v128 {
    return f32x4.max(folded, row);
  }
}

/**
 * 16 columns of one bag, a line of each row: twice as many, in eight sums, would read the ids half as often, but a processor that waits
 * for rows has more of them on their way the less is done with each.
 */
@inline
function fold16<Fold>(source: usize, ids: usize, weights: usize, from: u32, to: u32, out: usize, rowBytes: u32, divisor: v128, divides: bool): void {
  const fold = changetype<Fold>(0);
  let row: usize = source + load<u32>(ids + (from << 2)) * rowBytes;
  let w = fold.weight(weights, from);
  let a = fold.first(v128.load(row), w);
  let b = fold.first(v128.load(row, 16), w);
  let c = fold.first(v128.load(row, 32), w);
  let d = fold.first(v128.load(row, 48), w);
  for (let i = from + 1; i < to; i++) {
    row = source + load<u32>(ids + (i << 2)) * rowBytes;
    w = fold.weight(weights, i);
    a = fold.next(a, v128.load(row), w);
    b = fold.next(b, v128.load(row, 16), w);
    c = fold.next(c, v128.load(row, 32), w);
    d = fold.next(d, v128.load(row, 48), w);
  }
  if (divides) {
    a = f32x4.div(a, divisor);
    b = f32x4.div(b, divisor);
    c = f32x4.div(c, divisor);
    d = f32x4.div(d, divisor);
  }
  v128.store(out, a);
  v128.store(out, b, 16);
  v128.store(out, c, 32);
  v128.store(out, d, 48);
}

/** Four columns of one bag, or one. */
@inline
function foldLanes<Fold, Lanes>(source: usize, ids: usize, weights: usize, from: u32, to: u32, out: usize, rowBytes: u32, divisor: v128, divides: bool): void {
  const fold = changetype<Fold>(0);
  const lanes = changetype<Lanes>(0);
  let a = fold.first(lanes.load(source + load<u32>(ids + (from << 2)) * rowBytes), fold.weight(weights, from));
  for (let i = from + 1; i < to; i++) {
    a = fold.next(a, lanes.load(source + load<u32>(ids + (i << 2)) * rowBytes), fold.weight(weights, i));
  }
  lanes.store(out, divides ? f32x4.div(a, divisor) : a);
}

/** The last columns of a row are taken together with some before them, which come out the same once more: fewer walks over the ids. */
function foldBag<Fold>(source: usize, ids: usize, weights: usize, from: u32, to: u32, out: usize, rowBytes: u32, divisor: v128, divides: bool): void {
  let at: u32 = 0;
  if (rowBytes >= 64) {
    for (; at < rowBytes; at += 64) {
      const start = min(at, rowBytes - 64);
      fold16<Fold>(source + start, ids, weights, from, to, out + start, rowBytes, divisor, divides);
    }
  } else if (rowBytes >= 16) {
    for (; at < rowBytes; at += 16) {
      const start = min(at, rowBytes - 16);
      foldLanes<Fold, Four>(source + start, ids, weights, from, to, out + start, rowBytes, divisor, divides);
    }
  } else {
    for (; at < rowBytes; at += 4) foldLanes<Fold, One>(source + at, ids, weights, from, to, out + at, rowBytes, divisor, divides);
  }
}

export function sumBags(source: usize, ids: usize, offsets: usize, weights: usize, weighted: u32, out: usize, bags: u32, dim: u32, mode: u32): void {
  const rowBytes = dim << 2;
  const last = load<u32>(offsets + (bags << 2));
  let touched: u32 = 0;
  for (let bag: u32 = 0; bag < bags; bag++, out += rowBytes) {
    const from = load<u32>(offsets + (bag << 2));
    const to = load<u32>(offsets + (bag << 2), 4);
    touched = touchAhead(source, ids, touched, from, to, last, rowBytes);
    const divisor: f32 = mode == 0 ? 1 : bagDivisor(weights, weighted, from, to, mode);
    if (from == to || divisor == 0) memory.fill(out, 0, rowBytes);
    else if (weighted) foldBag<Sum>(source, ids, weights, from, to, out, rowBytes, f32x4.splat(divisor), mode != 0);
    else foldBag<PlainSum>(source, ids, weights, from, to, out, rowBytes, f32x4.splat(divisor), mode != 0);
  }
}

export function maxBags(source: usize, ids: usize, offsets: usize, out: usize, bags: u32, dim: u32): void {
  const rowBytes = dim << 2;
  const last = load<u32>(offsets + (bags << 2));
  let touched: u32 = 0;
  for (let bag: u32 = 0; bag < bags; bag++, out += rowBytes) {
    const from = load<u32>(offsets + (bag << 2));
    const to = load<u32>(offsets + (bag << 2), 4);
    touched = touchAhead(source, ids, touched, from, to, last, rowBytes);
    if (from == to) memory.fill(out, 0, rowBytes);
    else foldBag<Largest>(source, ids, 0, from, to, out, rowBytes, f32x4.splat(1), false);
  }
}
