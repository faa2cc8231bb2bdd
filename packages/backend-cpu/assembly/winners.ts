import { Four, One } from "./lanes";

// Maxima of bags that remember who attained them, the way back, and the gradient of a bag's weights.

/** Whether a row takes a maximum over: it is larger, or the first NaN. What is held stays where it is a NaN or as large. */
@inline
function takes(row: v128, held: v128): v128 {
  return v128.andnot(f32x4.eq(held, held), f32x4.le(row, held));
}

/** 16 columns of one bag. */
@inline
function win16(source: usize, ids: usize, from: u32, to: u32, values: usize, winners: usize, rowBytes: u32): void {
  let row: usize = source + load<u32>(ids + (from << 2)) * rowBytes;
  let a = v128.load(row);
  let b = v128.load(row, 16);
  let c = v128.load(row, 32);
  let d = v128.load(row, 48);
  let whoA = i32x4.splat(from);
  let whoB = whoA;
  let whoC = whoA;
  let whoD = whoA;
  for (let i = from + 1; i < to; i++) {
    row = source + load<u32>(ids + (i << 2)) * rowBytes;
    const who = i32x4.splat(i);
    const x = v128.load(row);
    const takesA = takes(x, a);
    a = v128.bitselect(x, a, takesA);
    whoA = v128.bitselect(who, whoA, takesA);
    const y = v128.load(row, 16);
    const takesB = takes(y, b);
    b = v128.bitselect(y, b, takesB);
    whoB = v128.bitselect(who, whoB, takesB);
    const z = v128.load(row, 32);
    const takesC = takes(z, c);
    c = v128.bitselect(z, c, takesC);
    whoC = v128.bitselect(who, whoC, takesC);
    const w = v128.load(row, 48);
    const takesD = takes(w, d);
    d = v128.bitselect(w, d, takesD);
    whoD = v128.bitselect(who, whoD, takesD);
  }
  v128.store(values, a);
  v128.store(values, b, 16);
  v128.store(values, c, 32);
  v128.store(values, d, 48);
  v128.store(winners, whoA);
  v128.store(winners, whoB, 16);
  v128.store(winners, whoC, 32);
  v128.store(winners, whoD, 48);
}

/** Four columns of one bag, or one. */
@inline
function winLanes<Lanes>(source: usize, ids: usize, from: u32, to: u32, values: usize, winners: usize, rowBytes: u32): void {
  const lanes = changetype<Lanes>(0);
  let a = lanes.load(source + load<u32>(ids + (from << 2)) * rowBytes);
  let who = i32x4.splat(from);
  for (let i = from + 1; i < to; i++) {
    const row = lanes.load(source + load<u32>(ids + (i << 2)) * rowBytes);
    const takesOver = takes(row, a);
    a = v128.bitselect(row, a, takesOver);
    who = v128.bitselect(i32x4.splat(i), who, takesOver);
  }
  lanes.store(values, a);
  lanes.store(winners, who);
}

export function winBags(source: usize, ids: usize, offsets: usize, values: usize, winners: usize, bags: u32, dim: u32): void {
  const rowBytes = dim << 2;
  for (let bag: u32 = 0; bag < bags; bag++, values += rowBytes, winners += rowBytes) {
    const from = load<u32>(offsets + (bag << 2));
    const to = load<u32>(offsets + (bag << 2), 4);
    if (from == to) {
      memory.fill(values, 0, rowBytes);
      memory.fill(winners, 255, rowBytes);
      continue;
    }
    let at: u32 = 0;
    for (; at + 64 <= rowBytes; at += 64) win16(source + at, ids, from, to, values + at, winners + at, rowBytes);
    for (; at + 16 <= rowBytes; at += 16) winLanes<Four>(source + at, ids, from, to, values + at, winners + at, rowBytes);
    for (; at < rowBytes; at += 4) winLanes<One>(source + at, ids, from, to, values + at, winners + at, rowBytes);
  }
}

/** Of four columns, or one, what the positions of one group won. */
@inline
function sumLanes<Lanes>(source: usize, winners: usize, positions: usize, bags: usize, from: u32, to: u32, out: usize, rowBytes: u32): void {
  const lanes = changetype<Lanes>(0);
  let sum = f32x4.splat(0);
  for (let k = from; k < to; k++) {
    const row = load<u32>(bags + (k << 2)) * rowBytes;
    const won = i32x4.eq(lanes.load(winners + row), v128.load32_splat(positions + (k << 2)));
    sum = f32x4.add(sum, v128.and(lanes.load(source + row), won));
  }
  lanes.store(out, sum);
}

export function sumWon(source: usize, winners: usize, positions: usize, bags: usize, offsets: usize, out: usize, groups: u32, dim: u32): void {
  const rowBytes = dim << 2;
  for (let group: u32 = 0; group < groups; group++, out += rowBytes) {
    const from = load<u32>(offsets + (group << 2));
    const to = load<u32>(offsets + (group << 2), 4);
    let at: u32 = 0;
    for (; at + 16 <= rowBytes; at += 16) sumLanes<Four>(source + at, winners + at, positions, bags, from, to, out + at, rowBytes);
    for (; at < rowBytes; at += 4) sumLanes<One>(source + at, winners + at, positions, bags, from, to, out + at, rowBytes);
  }
}

/** Four columns in each of four sums, then four in the first, then one in its first lane; the sums are added in pairs. */
export function dotRows(a: usize, aIds: usize, b: usize, bIds: usize, out: usize, count: u32, dim: u32): void {
  const rowBytes = dim << 2;
  for (let i: u32 = 0; i < count; i++) {
    const x = a + load<u32>(aIds + (i << 2)) * rowBytes;
    const y = b + load<u32>(bIds + (i << 2)) * rowBytes;
    let p = f32x4.splat(0);
    let q = p;
    let r = p;
    let s = p;
    let at: u32 = 0;
    for (; at + 64 <= rowBytes; at += 64) {
      p = f32x4.add(p, f32x4.mul(v128.load(x + at), v128.load(y + at)));
      q = f32x4.add(q, f32x4.mul(v128.load(x + at, 16), v128.load(y + at, 16)));
      r = f32x4.add(r, f32x4.mul(v128.load(x + at, 32), v128.load(y + at, 32)));
      s = f32x4.add(s, f32x4.mul(v128.load(x + at, 48), v128.load(y + at, 48)));
    }
    for (; at + 16 <= rowBytes; at += 16) p = f32x4.add(p, f32x4.mul(v128.load(x + at), v128.load(y + at)));
    for (; at < rowBytes; at += 4) p = f32x4.add(p, f32x4.mul(v128.load32_zero(x + at), v128.load32_zero(y + at)));
    const sum = f32x4.add(f32x4.add(p, q), f32x4.add(r, s));
    const low = f32x4.extract_lane(sum, 0) + f32x4.extract_lane(sum, 1);
    store<f32>(out + (i << 2), low + (f32x4.extract_lane(sum, 2) + f32x4.extract_lane(sum, 3)));
  }
}
