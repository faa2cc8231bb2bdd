// Arithmetic of two operands with broadcasting: one walk over the layout, and vectors along the innermost axis.
import { advance, position, runLength, runStride, start } from "./layout";
import * as math from "./math";

@unmanaged class AddF32 { @inline of(a: v128, b: v128): v128 { return f32x4.add(a, b); } }
@unmanaged class SubF32 { @inline of(a: v128, b: v128): v128 { return f32x4.sub(a, b); } }
@unmanaged class MulF32 { @inline of(a: v128, b: v128): v128 { return f32x4.mul(a, b); } }
@unmanaged class DivF32 { @inline of(a: v128, b: v128): v128 { return f32x4.div(a, b); } }
@unmanaged class MaximumF32 { @inline of(a: v128, b: v128): v128 { return f32x4.max(a, b); } }
@unmanaged class MinimumF32 { @inline of(a: v128, b: v128): v128 { return f32x4.min(a, b); } }
@unmanaged class AddI32 { @inline of(a: v128, b: v128): v128 { return i32x4.add(a, b); } }
@unmanaged class SubI32 { @inline of(a: v128, b: v128): v128 { return i32x4.sub(a, b); } }
@unmanaged class MulI32 { @inline of(a: v128, b: v128): v128 { return i32x4.mul(a, b); } }
@unmanaged class MaximumI32 { @inline of(a: v128, b: v128): v128 { return i32x4.max_s(a, b); } }
@unmanaged class MinimumI32 { @inline of(a: v128, b: v128): v128 { return i32x4.min_s(a, b); } }
@unmanaged
class PowF32 {
  of(a: v128, b: v128): v128 {
    const low = math.pow(f64x2.promote_low_f32x4(a), f64x2.promote_low_f32x4(b));
    const a2 = v128.shuffle<u64>(a, a, 1, 0);
    const b2 = v128.shuffle<u64>(b, b, 1, 0);
    const high = math.pow(f64x2.promote_low_f32x4(a2), f64x2.promote_low_f32x4(b2));
    return v128.shuffle<u64>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2);
  }
}

/** One run along the innermost axis; the strides are 0 or 1. */
@inline
function run<Op>(a: usize, b: usize, out: usize, count: u32, strideA: u32, strideB: u32): void {
  const op = changetype<Op>(0);
  const vectors: usize = (count & ~3) << 2;
  const end: usize = count << 2;
  let at: usize = 0;
  if (strideA == 1 && strideB == 1) {
    for (; at < vectors; at += 16) v128.store(out + at, op.of(v128.load(a + at), v128.load(b + at)));
  } else if (strideA == 1) {
    const right = v128.load32_splat(b);
    for (; at < vectors; at += 16) v128.store(out + at, op.of(v128.load(a + at), right));
  } else if (strideB == 1) {
    const left = v128.load32_splat(a);
    for (; at < vectors; at += 16) v128.store(out + at, op.of(left, v128.load(b + at)));
  }
  for (; at < end; at += 4) v128.store_lane<u32>(out + at, op.of(v128.load32_zero(a + at * strideA), v128.load32_zero(b + at * strideB)), 0);
}

function map<Op>(a: usize, b: usize, out: usize, layout: usize, rank: u32): void {
  const count = runLength(layout, rank);
  const strideA = runStride(layout, rank, 0);
  const strideB = runStride(layout, rank, 1);
  start(layout, rank, 2);
  do {
    run<Op>(a + (position(layout, rank, 2, 0) << 2), b + (position(layout, rank, 2, 1) << 2), out, count, strideA, strideB);
    out += count << 2;
  } while (advance(layout, rank, 2));
}

export function addF32(a: usize, b: usize, out: usize, layout: usize, rank: u32): void { map<AddF32>(a, b, out, layout, rank); }
export function subF32(a: usize, b: usize, out: usize, layout: usize, rank: u32): void { map<SubF32>(a, b, out, layout, rank); }
export function mulF32(a: usize, b: usize, out: usize, layout: usize, rank: u32): void { map<MulF32>(a, b, out, layout, rank); }
export function divF32(a: usize, b: usize, out: usize, layout: usize, rank: u32): void { map<DivF32>(a, b, out, layout, rank); }
export function maximumF32(a: usize, b: usize, out: usize, layout: usize, rank: u32): void { map<MaximumF32>(a, b, out, layout, rank); }
export function minimumF32(a: usize, b: usize, out: usize, layout: usize, rank: u32): void { map<MinimumF32>(a, b, out, layout, rank); }
export function powF32(a: usize, b: usize, out: usize, layout: usize, rank: u32): void { map<PowF32>(a, b, out, layout, rank); }
export function addI32(a: usize, b: usize, out: usize, layout: usize, rank: u32): void { map<AddI32>(a, b, out, layout, rank); }
export function subI32(a: usize, b: usize, out: usize, layout: usize, rank: u32): void { map<SubI32>(a, b, out, layout, rank); }
export function mulI32(a: usize, b: usize, out: usize, layout: usize, rank: u32): void { map<MulI32>(a, b, out, layout, rank); }
export function maximumI32(a: usize, b: usize, out: usize, layout: usize, rank: u32): void { map<MaximumI32>(a, b, out, layout, rank); }
export function minimumI32(a: usize, b: usize, out: usize, layout: usize, rank: u32): void { map<MinimumI32>(a, b, out, layout, rank); }
