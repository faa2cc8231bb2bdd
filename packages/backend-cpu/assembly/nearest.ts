// The nearest rows of a table to some queries: four rows at a time, which stay in registers or the first cache for all queries.
import { Bfloat16, Float16, Int4, Int4Blocks, Int8, decodeRow } from "./codes";
import { Four, One, touchLines } from "./lanes";

/**
 * How far ahead memory is asked for where rows are decoded, in bytes. A processor follows a table in order by itself, but not far enough:
 * what is computed from loads that have not arrived fills the places that it has for waiting work. Of 256 to 4096 bytes, 512 to 1024 were
 * the fastest.
 */
const aheadBytes: usize = 512;

/** What metrics have in common is said once: a chain of four lanes for each row. */
@unmanaged
class Products {
  @inline of(row: v128, query: v128): v128 {
    return f32x4.mul(row, query);
  }
}

/** Negated, so that larger is nearer. */
@unmanaged
class Distances {
  @inline of(row: v128, query: v128): v128 {
    const apart = f32x4.sub(row, query);
    return f32x4.neg(f32x4.mul(apart, apart));
  }
}

@unmanaged
class Squares {
  @inline of(row: v128, query: v128): v128 {
    return f32x4.mul(row, row);
  }
}

/** The sums of the lanes of four vectors, one a lane. */
@inline
function sumLanes(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(v128.shuffle<u32>(a, b, 0, 4, 1, 5), v128.shuffle<u32>(a, b, 2, 6, 3, 7));
  const cd = f32x4.add(v128.shuffle<u32>(c, d, 0, 4, 1, 5), v128.shuffle<u32>(c, d, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<u32>(ab, cd, 0, 1, 4, 5), v128.shuffle<u32>(ab, cd, 2, 3, 6, 7));
}

/** Sums over the elements of four rows, `stride` bytes apart, with one query. */
@inline
function fourRows<Terms>(rows: usize, stride: usize, query: usize, bytes: usize): v128 {
  const terms = changetype<Terms>(0);
  let a = f32x4.splat(0), b = a, c = a, d = a;
  let at: usize = 0;
  for (; at + 16 <= bytes; at += 16) {
    const lanes = changetype<Four>(0);
    const q = lanes.load(query + at);
    const row: usize = rows + at;
    a = f32x4.add(a, terms.of(lanes.load(row), q));
    b = f32x4.add(b, terms.of(lanes.load(row + stride), q));
    c = f32x4.add(c, terms.of(lanes.load(row + 2 * stride), q));
    d = f32x4.add(d, terms.of(lanes.load(row + 3 * stride), q));
  }
  for (; at < bytes; at += 4) {
    const lanes = changetype<One>(0);
    const q = lanes.load(query + at);
    const row: usize = rows + at;
    a = f32x4.add(a, terms.of(lanes.load(row), q));
    b = f32x4.add(b, terms.of(lanes.load(row + stride), q));
    c = f32x4.add(c, terms.of(lanes.load(row + 2 * stride), q));
    d = f32x4.add(d, terms.of(lanes.load(row + 3 * stride), q));
  }
  return sumLanes(a, b, c, d);
}

/** A cosine of vectors of which one is zero is 0. */
@inline
function cosine(product: v128, lengths: v128): v128 {
  return v128.andnot(f32x4.div(product, lengths), f32x4.eq(lengths, f32x4.splat(0)));
}

/** Whether a row comes before another one in a list: NaN is the smallest number, and the lower row the first one among equals. */
@inline
function isNearer(score: f32, row: u32, than: f32, thanRow: u32): bool {
  if (score > than) return true;
  if (score < than) return false;
  const isNumber = score == score;
  return isNumber == (than == than) ? row < thanRow : isNumber;
}

/** Takes a row into a list of at most k that is sorted already, and has `kept` rows. */
function insert(values: usize, indices: usize, kept: u32, k: u32, score: f32, row: u32): void {
  const last: usize = (k - 1) << 2;
  if (kept == k && !isNearer(score, row, load<f32>(values + last), load<u32>(indices + last))) return;
  let place: usize = (kept < k ? kept : k - 1) << 2;
  for (; place > 0; place -= 4) {
    const before = load<f32>(values + place - 4);
    const beforeRow = load<u32>(indices + place - 4);
    if (!isNearer(score, row, before, beforeRow)) break;
    store<f32>(values + place, before);
    store<u32>(indices + place, beforeRow);
  }
  store<f32>(values + place, score);
  store<u32>(indices + place, row);
}

/** Scores of four rows into the list of one query, or of the first one alone; `seen` rows had their turn before. */
@inline
function insertFour(values: usize, indices: usize, k: u32, scores: v128, row: u32, count: u32, seen: u32): void {
  // Once a list is full, hardly any row gets into it.
  if (seen >= k) {
    const last = v128.load32_splat(values + ((k - 1) << 2));
    const isOut = row > load<u32>(indices + ((k - 1) << 2)) ? f32x4.le(scores, last) : f32x4.lt(scores, last);
    if (i32x4.all_true(isOut)) return;
  }
  insert(values, indices, min(seen, k), k, f32x4.extract_lane(scores, 0), row);
  if (count == 1) return;
  insert(values, indices, min(seen + 1, k), k, f32x4.extract_lane(scores, 1), row + 1);
  insert(values, indices, min(seen + 2, k), k, f32x4.extract_lane(scores, 2), row + 2);
  insert(values, indices, min(seen + 3, k), k, f32x4.extract_lane(scores, 3), row + 3);
}

/** The lengths of the queries, which a cosine needs. */
@inline
function measureQueries(queries: usize, lengths: usize, count: u32, rowBytes: usize): void {
  for (let q: u32 = 0; q < count; q++) {
    const query: usize = queries + q * rowBytes;
    store<f32>(lengths + (q << 2), sqrt<f32>(f32x4.extract_lane(fourRows<Squares>(query, 0, query, rowBytes), 0)));
  }
}

/** The lengths of rows, with the bits that a search takes of them. */
export function measureRows(source: usize, out: usize, rows: u32, dim: u32): void {
  const rowBytes: usize = dim << 2;
  let row: u32 = 0;
  for (; row + 4 <= rows; row += 4, source += 4 * rowBytes) v128.store(out + (row << 2), f32x4.sqrt(fourRows<Squares>(source, rowBytes, source, rowBytes)));
  for (; row < rows; row++, source += rowBytes) store<f32>(out + (row << 2), f32x4.extract_lane(f32x4.sqrt(fourRows<Squares>(source, 0, source, rowBytes)), 0));
}

/** Takes four rows, `stride` bytes apart, into the lists of all queries; or one, with a stride of 0: the same sums in the same order. */
@inline
function searchFour(source: usize, stride: usize, row: u32, taken: u32, seen: u32, queries: usize, lengths: usize, values: usize, indices: usize, rowBytes: usize, count: u32, k: u32, metric: u32, known: usize): void {
  const listBytes: usize = k << 2;
  let roots = f32x4.splat(1);
  if (metric == 0) {
    if (known == 0) roots = f32x4.sqrt(fourRows<Squares>(source, stride, queries, rowBytes));
    else roots = taken == 4 ? v128.load(known + (row << 2)) : v128.load32_splat(known + (row << 2));
  }
  for (let q: u32 = 0; q < count; q++) {
    const query: usize = queries + q * rowBytes;
    let scores: v128;
    if (metric == 0) scores = cosine(fourRows<Products>(source, stride, query, rowBytes), f32x4.mul(roots, v128.load32_splat(lengths + (q << 2))));
    else if (metric == 1) scores = fourRows<Products>(source, stride, query, rowBytes);
    else scores = fourRows<Distances>(source, stride, query, rowBytes);
    insertFour(values + q * listBytes, indices + q * listBytes, k, scores, row, taken, seen);
  }
}

export function nearestRows(source: usize, queries: usize, lengths: usize, values: usize, indices: usize, rows: u32, dim: u32, count: u32, k: u32, metric: u32, rowLengths: usize, measured: u32): void {
  if (k == 0) return;
  const rowBytes: usize = dim << 2;
  const known: usize = measured ? rowLengths : 0;
  if (metric == 0) measureQueries(queries, lengths, count, rowBytes);
  // A processor reads ahead by itself on several ways through a table at once, on each of them no further than to the end of a page:
  // two halves side by side took a quarter off the time of one after the other. Asking for memory ahead of them took nothing off.
  const half: u32 = (rows >> 3) << 2;
  const second: usize = source + half * rowBytes;
  let seen: u32 = 0;
  for (let row: u32 = 0; row < half; row += 4, seen += 8) {
    const at: usize = row * rowBytes;
    searchFour(source + at, rowBytes, row, 4, seen, queries, lengths, values, indices, rowBytes, count, k, metric, known);
    searchFour(second + at, rowBytes, half + row, 4, seen + 4, queries, lengths, values, indices, rowBytes, count, k, metric, known);
  }
  while (seen < rows) {
    const taken: u32 = rows - seen >= 4 ? 4 : 1;
    searchFour(source + seen * rowBytes, taken == 4 ? rowBytes : 0, seen, taken, seen, queries, lengths, values, indices, rowBytes, count, k, metric, known);
    seen += taken;
  }
}

/** Four rows at a time become floats in `room`, where the first cache keeps them for all queries. */
function searchCode<Code>(data: usize, scale: usize, zeros: usize, block: u32, queries: usize, lengths: usize, room: usize, values: usize, indices: usize, rows: u32, dim: u32, count: u32, k: u32, metric: u32, known: usize): void {
  const code = changetype<Code>(0);
  const codedBytes = code.rowBytes(dim);
  const groups = (dim + block - 1) / block;
  const rowBytes: usize = dim << 2;
  if (metric == 0) measureQueries(queries, lengths, count, rowBytes);
  const end: usize = data + rows * codedBytes;
  for (let row: u32 = 0; row < rows; ) {
    const taken: u32 = rows - row >= 4 ? 4 : 1;
    const next: usize = data + row * codedBytes + aheadBytes;
    if (next + 4 * codedBytes + 256 <= end) for (let at: usize = 0; at < 4 * codedBytes; at += 256) touchLines(next + at);
    for (let i: u32 = 0; i < taken; i++) decodeRow<Code>(data, scale, zeros, row + i, room + i * rowBytes, dim, block, groups, codedBytes);
    searchFour(room, taken == 4 ? rowBytes : 0, row, taken, row, queries, lengths, values, indices, rowBytes, count, k, metric, known);
    row += taken;
  }
}

export function nearestCoded(code: u32, data: usize, scale: usize, zeros: usize, block: u32, queries: usize, lengths: usize, room: usize, values: usize, indices: usize, rows: u32, dim: u32, count: u32, k: u32, metric: u32, rowLengths: usize, measured: u32): void {
  if (k == 0) return;
  const known: usize = measured ? rowLengths : 0;
  if (code == 0) searchCode<Int8>(data, scale, zeros, block, queries, lengths, room, values, indices, rows, dim, count, k, metric, known);
  else if (code == 1) searchCode<Int4>(data, scale, zeros, block, queries, lengths, room, values, indices, rows, dim, count, k, metric, known);
  else if (code == 2) searchCode<Int4Blocks>(data, scale, zeros, block, queries, lengths, room, values, indices, rows, dim, count, k, metric, known);
  else if (code == 3) searchCode<Float16>(data, scale, zeros, block, queries, lengths, room, values, indices, rows, dim, count, k, metric, known);
  else searchCode<Bfloat16>(data, scale, zeros, block, queries, lengths, room, values, indices, rows, dim, count, k, metric, known);
}
