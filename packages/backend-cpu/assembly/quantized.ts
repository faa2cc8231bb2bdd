import { bagDivisor } from "./divisor";
import { touch } from "./lanes";

// How stored numbers become floats: eight columns of a row at once, as eight 16-bit lanes that turn into two vectors, or one column.
// `factor` is what a number is multiplied by; numbers of 16 bits are floats already.

@unmanaged
class Int8 {
  @inline hasScale(): bool {
    return true;
  }
  @inline rowBytes(dim: u32): u32 {
    return dim;
  }
  @inline startsAt(column: u32): bool {
    return true;
  }
  @inline zero(zeros: usize, at: u32): i32 {
    return 0;
  }
  @inline factor(scale: usize, at: u32): f32 {
    return 1 / load<f32>(scale + (at << 2));
  }
  @inline eight(row: usize, column: u32, zero: i32): v128 {
    return v128.load8x8_s(row + column);
  }
  @inline low(lanes: v128): v128 {
    return f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(lanes));
  }
  @inline high(lanes: v128): v128 {
    return f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(lanes));
  }
  @inline one(row: usize, column: u32, zero: i32): f32 {
    return <f32>load<i8>(row + column);
  }
}

/** Eight numbers of four bits, the even one in the low half of each byte. */
@inline
function nibbles(address: usize): v128 {
  const bytes = v128.load32_zero(address);
  const even = v128.and(bytes, i8x16.splat(15));
  const odd = i8x16.shr_u(bytes, 4);
  const pairs = i8x16.shuffle(even, odd, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  return i16x8.extend_low_i8x16_s(i8x16.sub(v128.xor(pairs, i8x16.splat(8)), i8x16.splat(8)));
}

@inline
function nibble(row: usize, column: u32): i32 {
  return ((((<i32>load<u8>(row + (column >> 1))) >> ((column & 1) << 2)) & 15) ^ 8) - 8;
}

@unmanaged
class Int4 {
  @inline hasScale(): bool {
    return true;
  }
  @inline rowBytes(dim: u32): u32 {
    return (dim + 1) >> 1;
  }
  @inline startsAt(column: u32): bool {
    return (column & 1) == 0;
  }
  @inline zero(zeros: usize, at: u32): i32 {
    return 0;
  }
  @inline factor(scale: usize, at: u32): f32 {
    return 1 / load<f32>(scale + (at << 2));
  }
  @inline eight(row: usize, column: u32, zero: i32): v128 {
    return nibbles(row + (column >> 1));
  }
  @inline low(lanes: v128): v128 {
    return f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(lanes));
  }
  @inline high(lanes: v128): v128 {
    return f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(lanes));
  }
  @inline one(row: usize, column: u32, zero: i32): f32 {
    return <f32>nibble(row, column);
  }
}

@unmanaged
class Int4Blocks {
  @inline hasScale(): bool {
    return true;
  }
  @inline rowBytes(dim: u32): u32 {
    return (dim + 1) >> 1;
  }
  @inline startsAt(column: u32): bool {
    return (column & 1) == 0;
  }
  @inline zero(zeros: usize, at: u32): i32 {
    return <i32>load<i8>(zeros + at);
  }
  @inline factor(scale: usize, at: u32): f32 {
    return load<f32>(scale + (at << 2));
  }
  @inline eight(row: usize, column: u32, zero: i32): v128 {
    return i16x8.sub(nibbles(row + (column >> 1)), i16x8.splat(<i16>zero));
  }
  @inline low(lanes: v128): v128 {
    return f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(lanes));
  }
  @inline high(lanes: v128): v128 {
    return f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(lanes));
  }
  @inline one(row: usize, column: u32, zero: i32): f32 {
    return <f32>(nibble(row, column) - zero);
  }
}

/**
 * Float16 in four words with their signs spread: sign, exponent and mantissa move to their places, and 2^112 brings the exponent up, of
 * denormal numbers too. The largest exponent, that of infinities and NaN, is set by hand.
 */
@inline
function halves(words: v128): v128 {
  const bits = v128.and(i32x4.shl(words, 13), i32x4.splat(0x8fffe000));
  const largest = i32x4.splat(0x0f800000);
  const special = v128.and(i32x4.eq(v128.and(bits, largest), largest), i32x4.splat(0x7f800000));
  return v128.or(f32x4.mul(bits, i32x4.splat(0x77800000)), special);
}

@unmanaged
class Float16 {
  @inline hasScale(): bool {
    return false;
  }
  @inline rowBytes(dim: u32): u32 {
    return dim << 1;
  }
  @inline startsAt(column: u32): bool {
    return true;
  }
  @inline zero(zeros: usize, at: u32): i32 {
    return 0;
  }
  @inline factor(scale: usize, at: u32): f32 {
    return 1;
  }
  @inline eight(row: usize, column: u32, zero: i32): v128 {
    return v128.load(row + (column << 1));
  }
  @inline low(lanes: v128): v128 {
    return halves(i32x4.extend_low_i16x8_s(lanes));
  }
  @inline high(lanes: v128): v128 {
    return halves(i32x4.extend_high_i16x8_s(lanes));
  }
  @inline one(row: usize, column: u32, zero: i32): f32 {
    return f32x4.extract_lane(halves(i32x4.splat(<i32>load<i16>(row + (column << 1)))), 0);
  }
}

@unmanaged
class Bfloat16 {
  @inline hasScale(): bool {
    return false;
  }
  @inline rowBytes(dim: u32): u32 {
    return dim << 1;
  }
  @inline startsAt(column: u32): bool {
    return true;
  }
  @inline zero(zeros: usize, at: u32): i32 {
    return 0;
  }
  @inline factor(scale: usize, at: u32): f32 {
    return 1;
  }
  @inline eight(row: usize, column: u32, zero: i32): v128 {
    return v128.load(row + (column << 1));
  }
  @inline low(lanes: v128): v128 {
    return i32x4.shl(i32x4.extend_low_i16x8_u(lanes), 16);
  }
  @inline high(lanes: v128): v128 {
    return i32x4.shl(i32x4.extend_high_i16x8_u(lanes), 16);
  }
  @inline one(row: usize, column: u32, zero: i32): f32 {
    return reinterpret<f32>((<u32>load<u16>(row + (column << 1))) << 16);
  }
}

@unmanaged
class Added {
  @inline start(): v128 {
    return f32x4.splat(0);
  }
  @inline next(folded: v128, row: v128): v128 {
    return f32x4.add(folded, row);
  }
}

@unmanaged
class Largest {
  @inline start(): v128 {
    return f32x4.splat(-Infinity);
  }
  @inline next(folded: v128, row: v128): v128 {
    return f32x4.max(folded, row);
  }
}

/** Rows of a bag that memory is asked for at its start: as many as a first cache holds. */
const ahead: u32 = 64;

function gather<Code>(data: usize, scale: usize, zeros: usize, ids: usize, out: usize, count: u32, dim: u32, block: u32): void {
  const code = changetype<Code>(0);
  const rowBytes = code.rowBytes(dim);
  const groups = (dim + block - 1) / block;
  for (let i: u32 = 0; i < count; i++, out += dim << 2) {
    if ((i & 15) == 0) {
      const end = min(count, i + 16);
      touch(data, ids, i, end, rowBytes);
      if (code.hasScale()) touch(scale, ids, i, end, groups << 2);
    }
    const id = load<u32>(ids + (i << 2));
    const row: usize = data + id * rowBytes;
    for (let group: u32 = 0, column: u32 = 0; group < groups; group++) {
      const at = id * groups + group;
      const end = min(column + block, dim);
      const zero = code.zero(zeros, at);
      const factor = code.factor(scale, at);
      const four = f32x4.splat(factor);
      if (code.startsAt(column)) {
        for (; column + 8 <= end; column += 8) {
          const lanes = code.eight(row, column, zero);
          v128.store(out + (column << 2), f32x4.mul(code.low(lanes), four));
          v128.store(out + (column << 2), f32x4.mul(code.high(lanes), four), 16);
        }
      }
      for (; column < end; column++) store<f32>(out + (column << 2), code.one(row, column, zero) * factor);
    }
  }
}

/** 32 columns of one bag, in eight accumulators. */
@inline
function fold32<Code, Fold>(row0: usize, rowBytes: u32, scale: usize, zeros: usize, groups: u32, group: u32, column: u32, ids: usize, weights: usize, weighted: u32, from: u32, to: u32, out: usize, divisor: v128, divides: bool): void {
  const code = changetype<Code>(0);
  const fold = changetype<Fold>(0);
  let a = fold.start();
  let b = a;
  let c = a;
  let d = a;
  let e = a;
  let f = a;
  let g = a;
  let h = a;
  for (let i = from; i < to; i++) {
    const id = load<u32>(ids + (i << 2));
    const row: usize = row0 + id * rowBytes;
    const at = id * groups + group;
    const zero = code.zero(zeros, at);
    let factor = code.factor(scale, at);
    if (weighted) factor *= load<f32>(weights + (i << 2));
    const four = f32x4.splat(factor);
    let lanes = code.eight(row, column, zero);
    a = fold.next(a, f32x4.mul(code.low(lanes), four));
    b = fold.next(b, f32x4.mul(code.high(lanes), four));
    lanes = code.eight(row, column + 8, zero);
    c = fold.next(c, f32x4.mul(code.low(lanes), four));
    d = fold.next(d, f32x4.mul(code.high(lanes), four));
    lanes = code.eight(row, column + 16, zero);
    e = fold.next(e, f32x4.mul(code.low(lanes), four));
    f = fold.next(f, f32x4.mul(code.high(lanes), four));
    lanes = code.eight(row, column + 24, zero);
    g = fold.next(g, f32x4.mul(code.low(lanes), four));
    h = fold.next(h, f32x4.mul(code.high(lanes), four));
  }
  const target = out + (column << 2);
  v128.store(target, divides ? f32x4.div(a, divisor) : a);
  v128.store(target, divides ? f32x4.div(b, divisor) : b, 16);
  v128.store(target, divides ? f32x4.div(c, divisor) : c, 32);
  v128.store(target, divides ? f32x4.div(d, divisor) : d, 48);
  v128.store(target, divides ? f32x4.div(e, divisor) : e, 64);
  v128.store(target, divides ? f32x4.div(f, divisor) : f, 80);
  v128.store(target, divides ? f32x4.div(g, divisor) : g, 96);
  v128.store(target, divides ? f32x4.div(h, divisor) : h, 112);
}

/** Eight columns of one bag. */
@inline
function fold8<Code, Fold>(row0: usize, rowBytes: u32, scale: usize, zeros: usize, groups: u32, group: u32, column: u32, ids: usize, weights: usize, weighted: u32, from: u32, to: u32, out: usize, divisor: v128, divides: bool): void {
  const code = changetype<Code>(0);
  const fold = changetype<Fold>(0);
  let a = fold.start();
  let b = a;
  for (let i = from; i < to; i++) {
    const id = load<u32>(ids + (i << 2));
    const at = id * groups + group;
    let factor = code.factor(scale, at);
    if (weighted) factor *= load<f32>(weights + (i << 2));
    const four = f32x4.splat(factor);
    const lanes = code.eight(row0 + id * rowBytes, column, code.zero(zeros, at));
    a = fold.next(a, f32x4.mul(code.low(lanes), four));
    b = fold.next(b, f32x4.mul(code.high(lanes), four));
  }
  v128.store(out + (column << 2), divides ? f32x4.div(a, divisor) : a);
  v128.store(out + (column << 2), divides ? f32x4.div(b, divisor) : b, 16);
}

/** One column of one bag. */
@inline
function fold1<Code, Fold>(row0: usize, rowBytes: u32, scale: usize, zeros: usize, groups: u32, group: u32, column: u32, ids: usize, weights: usize, weighted: u32, from: u32, to: u32, out: usize, divisor: v128, divides: bool): void {
  const code = changetype<Code>(0);
  const fold = changetype<Fold>(0);
  let a = fold.start();
  for (let i = from; i < to; i++) {
    const id = load<u32>(ids + (i << 2));
    const at = id * groups + group;
    let factor = code.factor(scale, at);
    if (weighted) factor *= load<f32>(weights + (i << 2));
    a = fold.next(a, f32x4.splat(code.one(row0 + id * rowBytes, column, code.zero(zeros, at)) * factor));
  }
  v128.store_lane<u32>(out + (column << 2), divides ? f32x4.div(a, divisor) : a, 0);
}

function foldBags<Code, Fold>(data: usize, scale: usize, zeros: usize, ids: usize, offsets: usize, weights: usize, weighted: u32, out: usize, bags: u32, dim: u32, block: u32, mode: u32): void {
  const code = changetype<Code>(0);
  const rowBytes = code.rowBytes(dim);
  const groups = (dim + block - 1) / block;
  const divides = mode == 1 || mode == 2;
  for (let bag: u32 = 0; bag < bags; bag++, out += dim << 2) {
    const from = load<u32>(offsets + (bag << 2));
    const to = load<u32>(offsets + (bag << 2), 4);
    const divisor: f32 = divides ? bagDivisor(weights, weighted, from, to, mode) : 1;
    if (from == to || divisor == 0) {
      memory.fill(out, 0, dim << 2);
      continue;
    }
    touch(data, ids, from, min(to, from + ahead), rowBytes);
    if (code.hasScale()) touch(scale, ids, from, min(to, from + ahead), groups << 2);
    const by = f32x4.splat(divisor);
    for (let group: u32 = 0, column: u32 = 0; group < groups; group++) {
      const end = min(column + block, dim);
      if (code.startsAt(column)) {
        for (; column + 32 <= end; column += 32) fold32<Code, Fold>(data, rowBytes, scale, zeros, groups, group, column, ids, weights, weighted, from, to, out, by, divides);
        for (; column + 8 <= end; column += 8) fold8<Code, Fold>(data, rowBytes, scale, zeros, groups, group, column, ids, weights, weighted, from, to, out, by, divides);
      }
      for (; column < end; column++) fold1<Code, Fold>(data, rowBytes, scale, zeros, groups, group, column, ids, weights, weighted, from, to, out, by, divides);
    }
  }
}

export function gatherCoded(code: u32, data: usize, scale: usize, zeros: usize, ids: usize, out: usize, count: u32, dim: u32, block: u32): void {
  if (code == 0) gather<Int8>(data, scale, zeros, ids, out, count, dim, block);
  else if (code == 1) gather<Int4>(data, scale, zeros, ids, out, count, dim, block);
  else if (code == 2) gather<Int4Blocks>(data, scale, zeros, ids, out, count, dim, block);
  else if (code == 3) gather<Float16>(data, scale, zeros, ids, out, count, dim, block);
  else gather<Bfloat16>(data, scale, zeros, ids, out, count, dim, block);
}

function foldCode<Code>(data: usize, scale: usize, zeros: usize, ids: usize, offsets: usize, weights: usize, weighted: u32, out: usize, bags: u32, dim: u32, block: u32, mode: u32): void {
  if (mode == 3) foldBags<Code, Largest>(data, scale, zeros, ids, offsets, weights, 0, out, bags, dim, block, mode);
  else foldBags<Code, Added>(data, scale, zeros, ids, offsets, weights, weighted, out, bags, dim, block, mode);
}

export function foldCoded(code: u32, data: usize, scale: usize, zeros: usize, ids: usize, offsets: usize, weights: usize, weighted: u32, out: usize, bags: u32, dim: u32, block: u32, mode: u32): void {
  if (code == 0) foldCode<Int8>(data, scale, zeros, ids, offsets, weights, weighted, out, bags, dim, block, mode);
  else if (code == 1) foldCode<Int4>(data, scale, zeros, ids, offsets, weights, weighted, out, bags, dim, block, mode);
  else if (code == 2) foldCode<Int4Blocks>(data, scale, zeros, ids, offsets, weights, weighted, out, bags, dim, block, mode);
  else if (code == 3) foldCode<Float16>(data, scale, zeros, ids, offsets, weights, weighted, out, bags, dim, block, mode);
  else foldCode<Bfloat16>(data, scale, zeros, ids, offsets, weights, weighted, out, bags, dim, block, mode);
}
