// Reductions of the middle axis of [outer, extent, inner]: along the lanes where inner is 1, else with columns in the lanes.
import { Four, One } from "./lanes";

/** So many elements are added in float32 before the sum goes on in float64: few enough that only a unit or two is lost. */
const run: u32 = 16;

@unmanaged class MaxF32 {
  @inline start(): v128 { return f32x4.splat(-Infinity); }
  @inline of(a: v128, b: v128): v128 { return f32x4.max(a, b); }
}
@unmanaged class MinF32 {
  @inline start(): v128 { return f32x4.splat(Infinity); }
  @inline of(a: v128, b: v128): v128 { return f32x4.min(a, b); }
}
@unmanaged class SumI32 {
  @inline start(): v128 { return i32x4.splat(0); }
  @inline of(a: v128, b: v128): v128 { return i32x4.add(a, b); }
}
@unmanaged class MaxI32 {
  @inline start(): v128 { return i32x4.splat(i32.MIN_VALUE); }
  @inline of(a: v128, b: v128): v128 { return i32x4.max_s(a, b); }
}
@unmanaged class MinI32 {
  @inline start(): v128 { return i32x4.splat(i32.MAX_VALUE); }
  @inline of(a: v128, b: v128): v128 { return i32x4.min_s(a, b); }
}

/** One row to its first lane. */
@inline
function foldRow<Op>(x: usize, bytes: usize): v128 {
  const op = changetype<Op>(0);
  let a = op.start(), b = a, c = a, d = a;
  const end: usize = x + bytes;
  for (; x + 64 <= end; x += 64) {
    a = op.of(a, v128.load(x));
    b = op.of(b, v128.load(x, 16));
    c = op.of(c, v128.load(x, 32));
    d = op.of(d, v128.load(x, 48));
  }
  for (; x + 16 <= end; x += 16) a = op.of(a, v128.load(x));
  a = op.of(op.of(a, b), op.of(c, d));
  a = op.of(a, v128.shuffle<u32>(a, a, 2, 3, 0, 1));
  a = op.of(a, v128.shuffle<u32>(a, a, 1, 0, 3, 2));
  for (; x < end; x += 4) a = op.of(a, v128.load32_zero(x));
  return a;
}

/** Folds one more row into the columns' results. */
@inline
function foldInto<Op>(x: usize, out: usize, rowBytes: usize): void {
  const op = changetype<Op>(0);
  let at: usize = 0;
  for (; at + 16 <= rowBytes; at += 16) v128.store(out + at, op.of(v128.load(out + at), v128.load(x + at)));
  for (; at < rowBytes; at += 4) v128.store_lane<u32>(out + at, op.of(v128.load32_zero(out + at), v128.load32_zero(x + at)), 0);
}

function fold<Op>(x: usize, out: usize, outer: u32, extent: u32, inner: u32): void {
  const rowBytes: usize = inner << 2;
  for (let i: u32 = 0; i < outer; i++, x += extent * rowBytes, out += rowBytes) {
    if (inner == 1) v128.store_lane<u32>(out, foldRow<Op>(x, extent << 2), 0);
    else {
      const nothing = changetype<Op>(0).start();
      for (let at: usize = 0; at < rowBytes; at += 4) v128.store_lane<u32>(out + at, nothing, 0);
      for (let k: u32 = 0; k < extent; k++) foldInto<Op>(x + k * rowBytes, out, rowBytes);
    }
  }
}

@inline
function high(x: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<u64>(x, x, 1, 0));
}

/** The sum of one row: short runs in float32, their sums in float64. */
function sumRow(x: usize, bytes: usize): f32 {
  const end: usize = x + bytes;
  let sum = f64x2.splat(0);
  while (x + 64 <= end) {
    const stop: usize = x + min<usize>((end - x) & ~63, run << 6);
    let a = f32x4.splat(0), b = a, c = a, d = a;
    for (; x < stop; x += 64) {
      a = f32x4.add(a, v128.load(x));
      b = f32x4.add(b, v128.load(x, 16));
      c = f32x4.add(c, v128.load(x, 32));
      d = f32x4.add(d, v128.load(x, 48));
    }
    a = f32x4.add(f32x4.add(a, b), f32x4.add(c, d));
    sum = f64x2.add(sum, f64x2.add(f64x2.promote_low_f32x4(a), high(a)));
  }
  let rest: f64 = 0;
  for (; x < end; x += 4) rest += load<f32>(x);
  return <f32>(f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1) + rest);
}

/** The sums of four columns, or of one. */
@inline
function sumColumns<Lanes>(x: usize, out: usize, extent: u32, stride: usize): void {
  const lanes = changetype<Lanes>(0);
  let lowSum = f64x2.splat(0);
  let highSum = lowSum;
  for (let i: u32 = 0; i < extent; ) {
    const stop = min(extent, i + run);
    let a = f32x4.splat(0);
    for (; i < stop; i++, x += stride) a = f32x4.add(a, lanes.load(x));
    lowSum = f64x2.add(lowSum, f64x2.promote_low_f32x4(a));
    highSum = f64x2.add(highSum, high(a));
  }
  lanes.store(out, v128.shuffle<u64>(f32x4.demote_f64x2_zero(lowSum), f32x4.demote_f64x2_zero(highSum), 0, 2));
}

/** The sums of sixteen columns: a whole cache line of each row. */
function sumLines(x: usize, out: usize, extent: u32, stride: usize): void {
  const zero = f64x2.splat(0);
  let s0 = zero, s1 = zero, s2 = zero, s3 = zero, s4 = zero, s5 = zero, s6 = zero, s7 = zero;
  for (let i: u32 = 0; i < extent; ) {
    const stop = min(extent, i + run);
    let a = f32x4.splat(0), b = a, c = a, d = a;
    for (; i < stop; i++, x += stride) {
      a = f32x4.add(a, v128.load(x));
      b = f32x4.add(b, v128.load(x, 16));
      c = f32x4.add(c, v128.load(x, 32));
      d = f32x4.add(d, v128.load(x, 48));
    }
    s0 = f64x2.add(s0, f64x2.promote_low_f32x4(a));
    s1 = f64x2.add(s1, high(a));
    s2 = f64x2.add(s2, f64x2.promote_low_f32x4(b));
    s3 = f64x2.add(s3, high(b));
    s4 = f64x2.add(s4, f64x2.promote_low_f32x4(c));
    s5 = f64x2.add(s5, high(c));
    s6 = f64x2.add(s6, f64x2.promote_low_f32x4(d));
    s7 = f64x2.add(s7, high(d));
  }
  v128.store(out, v128.shuffle<u64>(f32x4.demote_f64x2_zero(s0), f32x4.demote_f64x2_zero(s1), 0, 2));
  v128.store(out, v128.shuffle<u64>(f32x4.demote_f64x2_zero(s2), f32x4.demote_f64x2_zero(s3), 0, 2), 16);
  v128.store(out, v128.shuffle<u64>(f32x4.demote_f64x2_zero(s4), f32x4.demote_f64x2_zero(s5), 0, 2), 32);
  v128.store(out, v128.shuffle<u64>(f32x4.demote_f64x2_zero(s6), f32x4.demote_f64x2_zero(s7), 0, 2), 48);
}

export function sumF32(x: usize, out: usize, outer: u32, extent: u32, inner: u32): void {
  const rowBytes: usize = inner << 2;
  for (let i: u32 = 0; i < outer; i++, x += extent * rowBytes, out += rowBytes) {
    if (inner == 1) store<f32>(out, sumRow(x, extent << 2));
    else {
      let at: usize = 0;
      for (; at + 64 <= rowBytes; at += 64) sumLines(x + at, out + at, extent, rowBytes);
      for (; at + 16 <= rowBytes; at += 16) sumColumns<Four>(x + at, out + at, extent, rowBytes);
      for (; at < rowBytes; at += 4) sumColumns<One>(x + at, out + at, extent, rowBytes);
    }
  }
}

export function maxF32(x: usize, out: usize, outer: u32, extent: u32, inner: u32): void { fold<MaxF32>(x, out, outer, extent, inner); }
export function minF32(x: usize, out: usize, outer: u32, extent: u32, inner: u32): void { fold<MinF32>(x, out, outer, extent, inner); }
export function sumI32(x: usize, out: usize, outer: u32, extent: u32, inner: u32): void { fold<SumI32>(x, out, outer, extent, inner); }
export function maxI32(x: usize, out: usize, outer: u32, extent: u32, inner: u32): void { fold<MaxI32>(x, out, outer, extent, inner); }
export function minI32(x: usize, out: usize, outer: u32, extent: u32, inner: u32): void { fold<MinI32>(x, out, outer, extent, inner); }

/** The first of the largest; NaN is the largest of all. */
function argMax<T>(x: usize, out: usize, outer: u32, extent: u32, inner: u32): void {
  const stride: usize = inner << 2;
  for (let i: u32 = 0; i < outer; i++, x += extent * stride) {
    for (let j: u32 = 0; j < inner; j++, out += 4) {
      let at: usize = x + (j << 2);
      let best: u32 = 0;
      let largest = extent ? load<T>(at) : <T>0;
      for (let k: u32 = 1; k < extent; k++) {
        at += stride;
        const value = load<T>(at);
        if (value > largest || (value != value && largest == largest)) {
          largest = value;
          best = k;
        }
      }
      store<u32>(out, best);
    }
  }
}

export function argMaxF32(x: usize, out: usize, outer: u32, extent: u32, inner: u32): void { argMax<f32>(x, out, outer, extent, inner); }
export function argMaxI32(x: usize, out: usize, outer: u32, extent: u32, inner: u32): void { argMax<i32>(x, out, outer, extent, inner); }
