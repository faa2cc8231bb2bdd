// Comparisons of two operands with broadcasting; every result is a byte, 0 or 1.
import { advance, position, runLength, runStride, start } from "./layout";

@unmanaged class EqualF32 { @inline of(a: v128, b: v128): v128 { return f32x4.eq(a, b); } }
@unmanaged class NotEqualF32 { @inline of(a: v128, b: v128): v128 { return f32x4.ne(a, b); } }
@unmanaged class GreaterF32 { @inline of(a: v128, b: v128): v128 { return f32x4.gt(a, b); } }
@unmanaged class GreaterEqualF32 { @inline of(a: v128, b: v128): v128 { return f32x4.ge(a, b); } }
@unmanaged class LessF32 { @inline of(a: v128, b: v128): v128 { return f32x4.lt(a, b); } }
@unmanaged class LessEqualF32 { @inline of(a: v128, b: v128): v128 { return f32x4.le(a, b); } }
@unmanaged class EqualI32 { @inline of(a: v128, b: v128): v128 { return i32x4.eq(a, b); } }
@unmanaged class NotEqualI32 { @inline of(a: v128, b: v128): v128 { return i32x4.ne(a, b); } }
@unmanaged class GreaterI32 { @inline of(a: v128, b: v128): v128 { return i32x4.gt_s(a, b); } }
@unmanaged class GreaterEqualI32 { @inline of(a: v128, b: v128): v128 { return i32x4.ge_s(a, b); } }
@unmanaged class LessI32 { @inline of(a: v128, b: v128): v128 { return i32x4.lt_s(a, b); } }
@unmanaged class LessEqualI32 { @inline of(a: v128, b: v128): v128 { return i32x4.le_s(a, b); } }
@unmanaged class EqualI8 { @inline of(a: v128, b: v128): v128 { return i8x16.eq(a, b); } }
@unmanaged class NotEqualI8 { @inline of(a: v128, b: v128): v128 { return i8x16.ne(a, b); } }
@unmanaged class GreaterI8 { @inline of(a: v128, b: v128): v128 { return i8x16.gt_s(a, b); } }
@unmanaged class GreaterEqualI8 { @inline of(a: v128, b: v128): v128 { return i8x16.ge_s(a, b); } }
@unmanaged class LessI8 { @inline of(a: v128, b: v128): v128 { return i8x16.lt_s(a, b); } }
@unmanaged class LessEqualI8 { @inline of(a: v128, b: v128): v128 { return i8x16.le_s(a, b); } }
@unmanaged class EqualU8 { @inline of(a: v128, b: v128): v128 { return i8x16.eq(a, b); } }
@unmanaged class NotEqualU8 { @inline of(a: v128, b: v128): v128 { return i8x16.ne(a, b); } }
@unmanaged class GreaterU8 { @inline of(a: v128, b: v128): v128 { return i8x16.gt_u(a, b); } }
@unmanaged class GreaterEqualU8 { @inline of(a: v128, b: v128): v128 { return i8x16.ge_u(a, b); } }
@unmanaged class LessU8 { @inline of(a: v128, b: v128): v128 { return i8x16.lt_u(a, b); } }
@unmanaged class LessEqualU8 { @inline of(a: v128, b: v128): v128 { return i8x16.le_u(a, b); } }
@unmanaged class And { @inline of(a: v128, b: v128): v128 { return v128.and(truth(a), truth(b)); } }
@unmanaged class Or { @inline of(a: v128, b: v128): v128 { return v128.or(truth(a), truth(b)); } }

@inline
function truth(x: v128): v128 {
  return i8x16.ne(x, i8x16.splat(0));
}

/** Four masks of a word to four bytes, in the first lane. */
@inline
function pack(mask: v128): v128 {
  const ones = v128.and(mask, i32x4.splat(1));
  return i8x16.narrow_i16x8_u(i16x8.narrow_i32x4_s(ones, ones), ones);
}

/** One run of words; the strides are 0 or 1. */
@inline
function runWords<Op>(a: usize, b: usize, out: usize, count: u32, strideA: u32, strideB: u32): void {
  const op = changetype<Op>(0);
  let i: u32 = 0;
  if (strideA == 1 && strideB == 1) {
    for (; i + 4 <= count; i += 4) v128.store_lane<u32>(out + i, pack(op.of(v128.load(a + (i << 2)), v128.load(b + (i << 2)))), 0);
  } else if (strideA == 1) {
    const right = v128.load32_splat(b);
    for (; i + 4 <= count; i += 4) v128.store_lane<u32>(out + i, pack(op.of(v128.load(a + (i << 2)), right)), 0);
  }
  for (; i < count; i++) {
    const mask = op.of(v128.load32_zero(a + ((i * strideA) << 2)), v128.load32_zero(b + ((i * strideB) << 2)));
    store<u8>(out + i, i32x4.extract_lane(mask, 0) & 1);
  }
}

/** One run of bytes. */
@inline
function runBytes<Op>(a: usize, b: usize, out: usize, count: u32, strideA: u32, strideB: u32): void {
  const op = changetype<Op>(0);
  const ones = i8x16.splat(1);
  let i: u32 = 0;
  if (strideA == 1 && strideB == 1) {
    for (; i + 16 <= count; i += 16) v128.store(out + i, v128.and(op.of(v128.load(a + i), v128.load(b + i)), ones));
  } else if (strideA == 1) {
    const right = v128.load8_splat(b);
    for (; i + 16 <= count; i += 16) v128.store(out + i, v128.and(op.of(v128.load(a + i), right), ones));
  }
  for (; i < count; i++) {
    store<u8>(out + i, i8x16.extract_lane_u(op.of(v128.load8_splat(a + i * strideA), v128.load8_splat(b + i * strideB)), 0) & 1);
  }
}

function mapWords<Op>(a: usize, b: usize, out: usize, layout: usize, rank: u32): void {
  const count = runLength(layout, rank);
  const strideA = runStride(layout, rank, 0);
  const strideB = runStride(layout, rank, 1);
  start(layout, rank, 2);
  do {
    runWords<Op>(a + (position(layout, rank, 2, 0) << 2), b + (position(layout, rank, 2, 1) << 2), out, count, strideA, strideB);
    out += count;
  } while (advance(layout, rank, 2));
}

function mapBytes<Op>(a: usize, b: usize, out: usize, layout: usize, rank: u32): void {
  const count = runLength(layout, rank);
  const strideA = runStride(layout, rank, 0);
  const strideB = runStride(layout, rank, 1);
  start(layout, rank, 2);
  do {
    runBytes<Op>(a + position(layout, rank, 2, 0), b + position(layout, rank, 2, 1), out, count, strideA, strideB);
    out += count;
  } while (advance(layout, rank, 2));
}

export function equalF32(a: usize, b: usize, out: usize, layout: usize, rank: u32): void { mapWords<EqualF32>(a, b, out, layout, rank); }
export function notEqualF32(a: usize, b: usize, out: usize, layout: usize, rank: u32): void { mapWords<NotEqualF32>(a, b, out, layout, rank); }
export function greaterF32(a: usize, b: usize, out: usize, layout: usize, rank: u32): void { mapWords<GreaterF32>(a, b, out, layout, rank); }
export function greaterEqualF32(a: usize, b: usize, out: usize, layout: usize, rank: u32): void { mapWords<GreaterEqualF32>(a, b, out, layout, rank); }
export function lessF32(a: usize, b: usize, out: usize, layout: usize, rank: u32): void { mapWords<LessF32>(a, b, out, layout, rank); }
export function lessEqualF32(a: usize, b: usize, out: usize, layout: usize, rank: u32): void { mapWords<LessEqualF32>(a, b, out, layout, rank); }
export function equalI32(a: usize, b: usize, out: usize, layout: usize, rank: u32): void { mapWords<EqualI32>(a, b, out, layout, rank); }
export function notEqualI32(a: usize, b: usize, out: usize, layout: usize, rank: u32): void { mapWords<NotEqualI32>(a, b, out, layout, rank); }
export function greaterI32(a: usize, b: usize, out: usize, layout: usize, rank: u32): void { mapWords<GreaterI32>(a, b, out, layout, rank); }
export function greaterEqualI32(a: usize, b: usize, out: usize, layout: usize, rank: u32): void { mapWords<GreaterEqualI32>(a, b, out, layout, rank); }
export function lessI32(a: usize, b: usize, out: usize, layout: usize, rank: u32): void { mapWords<LessI32>(a, b, out, layout, rank); }
export function lessEqualI32(a: usize, b: usize, out: usize, layout: usize, rank: u32): void { mapWords<LessEqualI32>(a, b, out, layout, rank); }
export function equalI8(a: usize, b: usize, out: usize, layout: usize, rank: u32): void { mapBytes<EqualI8>(a, b, out, layout, rank); }
export function notEqualI8(a: usize, b: usize, out: usize, layout: usize, rank: u32): void { mapBytes<NotEqualI8>(a, b, out, layout, rank); }
export function greaterI8(a: usize, b: usize, out: usize, layout: usize, rank: u32): void { mapBytes<GreaterI8>(a, b, out, layout, rank); }
export function greaterEqualI8(a: usize, b: usize, out: usize, layout: usize, rank: u32): void { mapBytes<GreaterEqualI8>(a, b, out, layout, rank); }
export function lessI8(a: usize, b: usize, out: usize, layout: usize, rank: u32): void { mapBytes<LessI8>(a, b, out, layout, rank); }
export function lessEqualI8(a: usize, b: usize, out: usize, layout: usize, rank: u32): void { mapBytes<LessEqualI8>(a, b, out, layout, rank); }
export function equalU8(a: usize, b: usize, out: usize, layout: usize, rank: u32): void { mapBytes<EqualU8>(a, b, out, layout, rank); }
export function notEqualU8(a: usize, b: usize, out: usize, layout: usize, rank: u32): void { mapBytes<NotEqualU8>(a, b, out, layout, rank); }
export function greaterU8(a: usize, b: usize, out: usize, layout: usize, rank: u32): void { mapBytes<GreaterU8>(a, b, out, layout, rank); }
export function greaterEqualU8(a: usize, b: usize, out: usize, layout: usize, rank: u32): void { mapBytes<GreaterEqualU8>(a, b, out, layout, rank); }
export function lessU8(a: usize, b: usize, out: usize, layout: usize, rank: u32): void { mapBytes<LessU8>(a, b, out, layout, rank); }
export function lessEqualU8(a: usize, b: usize, out: usize, layout: usize, rank: u32): void { mapBytes<LessEqualU8>(a, b, out, layout, rank); }
export function logicalAnd(a: usize, b: usize, out: usize, layout: usize, rank: u32): void { mapBytes<And>(a, b, out, layout, rank); }
export function logicalOr(a: usize, b: usize, out: usize, layout: usize, rank: u32): void { mapBytes<Or>(a, b, out, layout, rank); }
