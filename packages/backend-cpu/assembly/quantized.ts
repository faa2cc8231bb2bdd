import { Bfloat16, Float16, Int4, Int4Blocks, Int8, decodeRow } from "./codes";
import { bagDivisor } from "./divisor";
import { touch } from "./lanes";

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

/** Rows that memory is asked for at once, those of the next bags among them: as many as a first cache holds. */
const ahead: u32 = 32;

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
    decodeRow<Code>(data, scale, zeros, load<u32>(ids + (i << 2)), out, dim, block, groups, rowBytes);
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

/** Four columns out of four vectors, of which each holds every fourth one. */
@inline
function store16(out: usize, a: v128, b: v128, c: v128, d: v128): void {
  const ab = i32x4.shuffle(a, b, 0, 4, 1, 5);
  const cd = i32x4.shuffle(c, d, 0, 4, 1, 5);
  v128.store(out, i64x2.shuffle(ab, cd, 0, 2));
  v128.store(out, i64x2.shuffle(ab, cd, 1, 3), 16);
  const ef = i32x4.shuffle(a, b, 2, 6, 3, 7);
  const gh = i32x4.shuffle(c, d, 2, 6, 3, 7);
  v128.store(out, i64x2.shuffle(ef, gh, 0, 2), 32);
  v128.store(out, i64x2.shuffle(ef, gh, 1, 3), 48);
}

/**
 * 32 columns of one bag of int8, in eight accumulators of every fourth column. The bytes of a word are moved to its top one after
 * another, where they count 2^24 times as much: shifts and masks, of which a processor does more at once than of shuffles.
 */
@inline
function foldBytes32<Fold>(data: usize, rowBytes: u32, scale: usize, column: u32, ids: usize, weights: usize, weighted: u32, from: u32, to: u32, out: usize, divisor: v128, divides: bool): void {
  const fold = changetype<Fold>(0);
  const top = i32x4.splat(0xff000000);
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
    const row: usize = data + id * rowBytes + column;
    let factor: f32 = 1 / load<f32>(scale + (id << 2));
    if (weighted) factor *= load<f32>(weights + (i << 2));
    const four = f32x4.splat(factor * <f32>(1.0 / 16777216.0));
    let words = v128.load(row);
    a = fold.next(a, f32x4.mul(f32x4.convert_i32x4_s(i32x4.shl(words, 24)), four));
    b = fold.next(b, f32x4.mul(f32x4.convert_i32x4_s(v128.and(i32x4.shl(words, 16), top)), four));
    c = fold.next(c, f32x4.mul(f32x4.convert_i32x4_s(v128.and(i32x4.shl(words, 8), top)), four));
    d = fold.next(d, f32x4.mul(f32x4.convert_i32x4_s(v128.and(words, top)), four));
    words = v128.load(row, 16);
    e = fold.next(e, f32x4.mul(f32x4.convert_i32x4_s(i32x4.shl(words, 24)), four));
    f = fold.next(f, f32x4.mul(f32x4.convert_i32x4_s(v128.and(i32x4.shl(words, 16), top)), four));
    g = fold.next(g, f32x4.mul(f32x4.convert_i32x4_s(v128.and(i32x4.shl(words, 8), top)), four));
    h = fold.next(h, f32x4.mul(f32x4.convert_i32x4_s(v128.and(words, top)), four));
  }
  if (divides) {
    a = f32x4.div(a, divisor);
    b = f32x4.div(b, divisor);
    c = f32x4.div(c, divisor);
    d = f32x4.div(d, divisor);
    e = f32x4.div(e, divisor);
    f = f32x4.div(f, divisor);
    g = f32x4.div(g, divisor);
    h = f32x4.div(h, divisor);
  }
  store16(out + (column << 2), a, b, c, d);
  store16(out + (column << 2) + 64, e, f, g, h);
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
  const last = load<u32>(offsets + (bags << 2));
  let touched: u32 = 0;
  for (let bag: u32 = 0; bag < bags; bag++, out += dim << 2) {
    const from = load<u32>(offsets + (bag << 2));
    const to = load<u32>(offsets + (bag << 2), 4);
    const divisor: f32 = divides ? bagDivisor(weights, weighted, from, to, mode) : 1;
    if (from == to || divisor == 0) {
      memory.fill(out, 0, dim << 2);
      continue;
    }
    if (touched < to) {
      const start = max(touched, from);
      touched = min(start + ahead, last);
      touch(data, ids, start, touched, rowBytes);
      if (code.hasScale()) touch(scale, ids, start, touched, groups << 2);
    }
    const by = f32x4.splat(divisor);
    for (let group: u32 = 0, column: u32 = 0; group < groups; group++) {
      const end = min(column + block, dim);
      if (code.startsAt(column)) {
        if (code.isBytes()) {
          for (; column + 32 <= end; column += 32) foldBytes32<Fold>(data, rowBytes, scale, column, ids, weights, weighted, from, to, out, by, divides);
        }
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
