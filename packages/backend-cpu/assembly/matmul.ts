// Products of matrices. Where B lies as [k, n], columns of the result fill the lanes; where it lies as [n, k], both operands are
// read along k. `a` moves by `rowA` bytes from row to row of the result, and by `stepA` bytes along k.
import { Four, One } from "./lanes";

/** Four rows of the result by eight columns. */
function tile4x8(a: usize, rowA: usize, stepA: usize, b: usize, rowB: usize, k: u32, out: usize, rowOut: usize): void {
  let p0 = f32x4.splat(0), p1 = p0, p2 = p0, p3 = p0;
  let q0 = p0, q1 = p0, q2 = p0, q3 = p0;
  for (let l: u32 = 0; l < k; l++, a += stepA, b += rowB) {
    const left = v128.load(b);
    const right = v128.load(b, 16);
    let x = v128.load32_splat(a);
    p0 = f32x4.add(p0, f32x4.mul(x, left));
    q0 = f32x4.add(q0, f32x4.mul(x, right));
    x = v128.load32_splat(a + rowA);
    p1 = f32x4.add(p1, f32x4.mul(x, left));
    q1 = f32x4.add(q1, f32x4.mul(x, right));
    x = v128.load32_splat(a + rowA * 2);
    p2 = f32x4.add(p2, f32x4.mul(x, left));
    q2 = f32x4.add(q2, f32x4.mul(x, right));
    x = v128.load32_splat(a + rowA * 3);
    p3 = f32x4.add(p3, f32x4.mul(x, left));
    q3 = f32x4.add(q3, f32x4.mul(x, right));
  }
  v128.store(out, p0);
  v128.store(out, q0, 16);
  out += rowOut;
  v128.store(out, p1);
  v128.store(out, q1, 16);
  out += rowOut;
  v128.store(out, p2);
  v128.store(out, q2, 16);
  out += rowOut;
  v128.store(out, p3);
  v128.store(out, q3, 16);
}

/** Four rows by four columns, or by one. */
function tile4<Lanes>(a: usize, rowA: usize, stepA: usize, b: usize, rowB: usize, k: u32, out: usize, rowOut: usize): void {
  const lanes = changetype<Lanes>(0);
  let p0 = f32x4.splat(0), p1 = p0, p2 = p0, p3 = p0;
  for (let l: u32 = 0; l < k; l++, a += stepA, b += rowB) {
    const row = lanes.load(b);
    p0 = f32x4.add(p0, f32x4.mul(v128.load32_splat(a), row));
    p1 = f32x4.add(p1, f32x4.mul(v128.load32_splat(a + rowA), row));
    p2 = f32x4.add(p2, f32x4.mul(v128.load32_splat(a + rowA * 2), row));
    p3 = f32x4.add(p3, f32x4.mul(v128.load32_splat(a + rowA * 3), row));
  }
  lanes.store(out, p0);
  lanes.store(out + rowOut, p1);
  lanes.store(out + rowOut * 2, p2);
  lanes.store(out + rowOut * 3, p3);
}

/** Adds to one row by sixteen columns. */
function tile1x16(a: usize, stepA: usize, b: usize, rowB: usize, k: u32, out: usize): void {
  let p0 = v128.load(out), p1 = v128.load(out, 16), p2 = v128.load(out, 32), p3 = v128.load(out, 48);
  for (let l: u32 = 0; l < k; l++, a += stepA, b += rowB) {
    const x = v128.load32_splat(a);
    p0 = f32x4.add(p0, f32x4.mul(x, v128.load(b)));
    p1 = f32x4.add(p1, f32x4.mul(x, v128.load(b, 16)));
    p2 = f32x4.add(p2, f32x4.mul(x, v128.load(b, 32)));
    p3 = f32x4.add(p3, f32x4.mul(x, v128.load(b, 48)));
  }
  v128.store(out, p0);
  v128.store(out, p1, 16);
  v128.store(out, p2, 32);
  v128.store(out, p3, 48);
}

/** Adds to one row by four columns, or by one. */
function tile1<Lanes>(a: usize, stepA: usize, b: usize, rowB: usize, k: u32, out: usize): void {
  const lanes = changetype<Lanes>(0);
  let p = lanes.load(out);
  for (let l: u32 = 0; l < k; l++, a += stepA, b += rowB) p = f32x4.add(p, f32x4.mul(v128.load32_splat(a), lanes.load(b)));
  lanes.store(out, p);
}

/** So many rows of B at a time: tiles go down its columns, and each row lies on a page of its own where rows are long. */
const rowsAtATime: u32 = 32;

/** One row of the result, of `bytes` bytes. */
function oneRow(a: usize, stepA: usize, b: usize, rowB: usize, k: u32, out: usize, bytes: usize): void {
  memory.fill(out, 0, bytes);
  for (let l: u32 = 0; l < k; l += rowsAtATime, a += rowsAtATime * stepA, b += rowsAtATime * rowB) {
    const rows = min(rowsAtATime, k - l);
    let at: usize = 0;
    for (; at + 64 <= bytes; at += 64) tile1x16(a, stepA, b + at, rowB, rows, out + at);
    for (; at + 16 <= bytes; at += 16) tile1<Four>(a, stepA, b + at, rowB, rows, out + at);
    for (; at < bytes; at += 4) tile1<One>(a, stepA, b + at, rowB, rows, out + at);
  }
}

/** Where all of B is no larger than this, it stays in the first cache while the rows of A and of the result go by once. */
const nearBytes: usize = 16384;

/** Four rows by all columns. */
@inline
function rowsOfFour(a: usize, rowA: usize, stepA: usize, b: usize, rowB: usize, out: usize, n: u32, k: u32, rowOut: usize): void {
  let j: u32 = 0;
  for (; j + 8 <= n; j += 8) tile4x8(a, rowA, stepA, b + (j << 2), rowB, k, out + (j << 2), rowOut);
  for (; j + 4 <= n; j += 4) tile4<Four>(a, rowA, stepA, b + (j << 2), rowB, k, out + (j << 2), rowOut);
  for (; j < n; j++) tile4<One>(a, rowA, stepA, b + (j << 2), rowB, k, out + (j << 2), rowOut);
}

/** B as [k, n], of rows that lie `rowB` bytes apart. */
function byColumns(a: usize, rowA: usize, stepA: usize, b: usize, rowB: usize, out: usize, m: u32, n: u32, k: u32): void {
  const rowOut: usize = n << 2;
  const fours = m & ~3;
  if (k * rowOut <= nearBytes) {
    for (let i: u32 = 0; i < fours; i += 4) rowsOfFour(a + i * rowA, rowA, stepA, b, rowB, out + i * rowOut, n, k, rowOut);
  } else {
    let j: u32 = 0;
    for (; j + 8 <= n; j += 8) {
      for (let i: u32 = 0; i < fours; i += 4) tile4x8(a + i * rowA, rowA, stepA, b + (j << 2), rowB, k, out + i * rowOut + (j << 2), rowOut);
    }
    for (; j + 4 <= n; j += 4) {
      for (let i: u32 = 0; i < fours; i += 4) tile4<Four>(a + i * rowA, rowA, stepA, b + (j << 2), rowB, k, out + i * rowOut + (j << 2), rowOut);
    }
    for (; j < n; j++) {
      for (let i: u32 = 0; i < fours; i += 4) tile4<One>(a + i * rowA, rowA, stepA, b + (j << 2), rowB, k, out + i * rowOut + (j << 2), rowOut);
    }
  }
  for (let i = fours; i < m; i++) oneRow(a + i * rowA, stepA, b, rowB, k, out + i * rowOut, rowOut);
}

@inline
function total(x: v128): f32 {
  const pairs = f32x4.add(x, v128.shuffle<u32>(x, x, 2, 3, 0, 1));
  return f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
}

/** The product of two rows of `bytes` bytes. */
function dot(a: usize, b: usize, bytes: usize): f32 {
  let p0 = f32x4.splat(0), p1 = p0, p2 = p0, p3 = p0;
  let at: usize = 0;
  for (; at + 64 <= bytes; at += 64) {
    p0 = f32x4.add(p0, f32x4.mul(v128.load(a + at), v128.load(b + at)));
    p1 = f32x4.add(p1, f32x4.mul(v128.load(a + at, 16), v128.load(b + at, 16)));
    p2 = f32x4.add(p2, f32x4.mul(v128.load(a + at, 32), v128.load(b + at, 32)));
    p3 = f32x4.add(p3, f32x4.mul(v128.load(a + at, 48), v128.load(b + at, 48)));
  }
  for (; at + 16 <= bytes; at += 16) p0 = f32x4.add(p0, f32x4.mul(v128.load(a + at), v128.load(b + at)));
  for (; at < bytes; at += 4) p1 = f32x4.add(p1, f32x4.mul(v128.load32_zero(a + at), v128.load32_zero(b + at)));
  return total(f32x4.add(f32x4.add(p0, p1), f32x4.add(p2, p3)));
}

/** B as [n, k], A as [m, k]. */
function byRows(a: usize, b: usize, out: usize, m: u32, n: u32, k: u32): void {
  const bytes: usize = k << 2;
  for (let i: u32 = 0; i < m; i++, a += bytes) {
    for (let j: u32 = 0; j < n; j++, out += 4) store<f32>(out, dot(a, b + j * bytes, bytes));
  }
}

/** B as [n, k], A as [k, columns]: no operand lies well for vectors. */
function strided(a: usize, columns: u32, b: usize, out: usize, m: u32, n: u32, k: u32): void {
  for (let i: u32 = 0; i < m; i++) {
    for (let j: u32 = 0; j < n; j++, out += 4) {
      let sum: f32 = 0;
      for (let l: u32 = 0; l < k; l++) sum += load<f32>(a + ((l * columns + i) << 2)) * load<f32>(b + ((j * k + l) << 2));
      store<f32>(out, sum);
    }
  }
}

/** `m` rows of a product from A's row `from` on, of which A has `all`. */
function product(a: usize, b: usize, out: usize, all: u32, from: u32, m: u32, n: u32, k: u32, transposeA: u32, transposeB: u32): void {
  // A matrix with an axis of extent 1 lies in memory as its transpose does.
  if (transposeA && (all == 1 || k == 1)) transposeA = 0;
  a += (transposeA ? from : from * k) << 2;
  out += (from * n) << 2;
  if (n == 1 && transposeA) byColumns(b, 4, 4, a, all << 2, out, 1, m, k);
  else if (!transposeB && n == 1) byRows(a, b, out, m, n, k);
  else if (!transposeB || k == 1) {
    if (transposeA) byColumns(a, 4, all << 2, b, n << 2, out, m, n, k);
    else byColumns(a, k << 2, 4, b, n << 2, out, m, n, k);
  } else if (transposeA) strided(a, all, b, out, m, n, k);
  else byRows(a, b, out, m, n, k);
}

export function matmul(a: usize, b: usize, out: usize, batches: u32, strideA: u32, strideB: u32, m: u32, n: u32, k: u32, transposeA: u32, transposeB: u32, from: u32, to: u32): void {
  for (let batch: u32 = 0; batch < batches; batch++) {
    product(a, b, out, m, from, to - from, n, k, transposeA, transposeB);
    a += strideA << 2;
    b += strideB << 2;
    out += (m * n) << 2;
  }
}
