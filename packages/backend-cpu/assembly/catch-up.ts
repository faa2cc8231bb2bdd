// Steps that were put off, applied at once: see `CatchUpArgs` of the contract. A row of factors is D, A, B, then C and R of each node.
import { Four, One, ahead, flush, touch } from "./lanes";

/** Where the nodes begin in a row of factors, in bytes. */
const lead: u32 = 12;

@inline
function adamAt<Lanes>(target: usize, moment: usize, velocity: usize, root: usize, factors: usize, factorBytes: u32, epsilon: f32): void {
  const lanes = changetype<Lanes>(0);
  const m = lanes.load(moment);
  const v = lanes.load(velocity);
  const s = f32x4.sqrt(lanes.load(root));
  let w = lanes.load(target);
  if (factorBytes > lead) {
    let moved = f32x4.splat(0);
    for (let at: u32 = lead; at < factorBytes; at += 8) {
      const below = f32x4.add(f32x4.mul(s, v128.load32_splat(factors + at, 4)), f32x4.splat(epsilon));
      moved = f32x4.add(moved, f32x4.div(v128.load32_splat(factors + at), below));
    }
    w = f32x4.sub(w, f32x4.mul(m, moved));
  }
  lanes.store(target, f32x4.mul(w, v128.load32_splat(factors)));
  lanes.store(moment, flush(f32x4.mul(m, v128.load32_splat(factors, 4))));
  lanes.store(velocity, flush(f32x4.mul(v, v128.load32_splat(factors, 8))));
}

export function catchUpAdam(target: usize, moment: usize, velocity: usize, largest: usize, ids: usize, factors: usize, groups: usize, rows: u32, dim: u32, columns: u32, epsilon: f32, amsgrad: u32): void {
  const rowBytes = dim << 2;
  const factorBytes = columns << 2;
  const root = amsgrad ? largest : velocity;
  for (let i: u32 = 0; i < rows; i++) {
    if (i % ahead == 0) {
      const to = min(i + ahead, rows);
      touch(target, ids, i, to, rowBytes);
      touch(moment, ids, i, to, rowBytes);
      touch(velocity, ids, i, to, rowBytes);
      if (amsgrad) touch(largest, ids, i, to, rowBytes);
    }
    const row: usize = factors + load<u32>(groups + (i << 2)) * factorBytes;
    let at: usize = load<u32>(ids + (i << 2)) * rowBytes;
    const end: usize = at + rowBytes;
    for (; at + 16 <= end; at += 16) adamAt<Four>(target + at, moment + at, velocity + at, root + at, row, factorBytes, epsilon);
    for (; at < end; at += 4) adamAt<One>(target + at, moment + at, velocity + at, root + at, row, factorBytes, epsilon);
  }
}

@inline
function momentumAt<Lanes>(target: usize, moment: usize, factors: usize, moved: f32): void {
  const lanes = changetype<Lanes>(0);
  const m = lanes.load(moment);
  lanes.store(target, f32x4.mul(f32x4.sub(lanes.load(target), f32x4.mul(m, f32x4.splat(moved))), v128.load32_splat(factors)));
  lanes.store(moment, flush(f32x4.mul(m, v128.load32_splat(factors, 4))));
}

export function catchUpMomentum(target: usize, moment: usize, ids: usize, factors: usize, groups: usize, rows: u32, dim: u32, columns: u32): void {
  const rowBytes = dim << 2;
  const factorBytes = columns << 2;
  for (let i: u32 = 0; i < rows; i++) {
    const row: usize = factors + load<u32>(groups + (i << 2)) * factorBytes;
    let moved: f32 = 0;
    for (let column: u32 = lead; column < factorBytes; column += 8) moved += load<f32>(row + column);
    let at: usize = load<u32>(ids + (i << 2)) * rowBytes;
    const end: usize = at + rowBytes;
    for (; at + 16 <= end; at += 16) momentumAt<Four>(target + at, moment + at, row, moved);
    for (; at < end; at += 4) momentumAt<One>(target + at, moment + at, row, moved);
  }
}

@inline
function scaleAt<Lanes>(target: usize, factor: v128, flushes: u32): void {
  const lanes = changetype<Lanes>(0);
  const scaled = f32x4.mul(lanes.load(target), factor);
  lanes.store(target, flushes ? flush(scaled) : scaled);
}

export function scaleRows(target: usize, ids: usize, factors: usize, groups: usize, rows: u32, dim: u32, columns: u32, column: u32, flushes: u32): void {
  const rowBytes = dim << 2;
  for (let i: u32 = 0; i < rows; i++) {
    const factor = v128.load32_splat(factors + ((load<u32>(groups + (i << 2)) * columns + column) << 2));
    let at: usize = load<u32>(ids + (i << 2)) * rowBytes;
    const end: usize = at + rowBytes;
    for (; at + 16 <= end; at += 16) scaleAt<Four>(target + at, factor, flushes);
    for (; at < end; at += 4) scaleAt<One>(target + at, factor, flushes);
  }
}
