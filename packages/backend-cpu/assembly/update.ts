// Optimizer rules, in the formulas of src/kernels.ts. Each is said once, for four lanes and for one.
import { Four, One, ahead, flush, touch } from "./lanes";

@inline
function decayed(w: v128, decay: f32): v128 {
  return f32x4.sub(w, f32x4.mul(w, f32x4.splat(decay)));
}

/** Where row i of the target starts, in bytes. */
@inline
function rowStart(ids: usize, indexed: u32, i: u32, rowBytes: u32): usize {
  return (indexed ? load<u32>(ids + (i << 2)) : i) * rowBytes;
}

@inline
function sgdAt<Lanes>(target: usize, gradient: usize, decay: f32, learningRate: f32): void {
  const lanes = changetype<Lanes>(0);
  const step = f32x4.mul(f32x4.splat(learningRate), lanes.load(gradient));
  lanes.store(target, f32x4.sub(decayed(lanes.load(target), decay), step));
}

export function sgd(target: usize, gradient: usize, ids: usize, indexed: u32, rows: u32, dim: u32, decay: f32, learningRate: f32): void {
  const rowBytes = dim << 2;
  for (let i: u32 = 0; i < rows; i++) {
    let at: usize = rowStart(ids, indexed, i, rowBytes);
    const end: usize = at + rowBytes;
    for (; at + 16 <= end; at += 16, gradient += 16) sgdAt<Four>(target + at, gradient, decay, learningRate);
    for (; at < end; at += 4, gradient += 4) sgdAt<One>(target + at, gradient, decay, learningRate);
  }
}

@inline
function momentumAt<Lanes>(target: usize, moment: usize, gradient: usize, decay: f32, learningRate: f32, momentum: f32, nesterov: u32): void {
  const lanes = changetype<Lanes>(0);
  const step = f32x4.mul(f32x4.splat(learningRate), lanes.load(gradient));
  const m = flush(f32x4.sub(f32x4.mul(f32x4.splat(momentum), lanes.load(moment)), step));
  lanes.store(moment, m);
  const change = nesterov ? f32x4.sub(f32x4.mul(f32x4.splat(momentum), m), step) : m;
  lanes.store(target, f32x4.add(decayed(lanes.load(target), decay), change));
}

export function momentum(target: usize, moment: usize, gradient: usize, ids: usize, indexed: u32, rows: u32, dim: u32, decay: f32, learningRate: f32, momentum: f32, nesterov: u32): void {
  const rowBytes = dim << 2;
  for (let i: u32 = 0; i < rows; i++) {
    let at: usize = rowStart(ids, indexed, i, rowBytes);
    const end: usize = at + rowBytes;
    for (; at + 16 <= end; at += 16, gradient += 16) {
      momentumAt<Four>(target + at, moment + at, gradient, decay, learningRate, momentum, nesterov);
    }
    for (; at < end; at += 4, gradient += 4) {
      momentumAt<One>(target + at, moment + at, gradient, decay, learningRate, momentum, nesterov);
    }
  }
}

@inline
function adamAt<Lanes>(target: usize, moment: usize, velocity: usize, largest: usize, gradient: usize, decay: f32, stepSize: f32, keep1: f32, keep2: f32, epsilon: f32, amsgrad: u32): void {
  const lanes = changetype<Lanes>(0);
  const g = lanes.load(gradient);
  let m = lanes.load(moment);
  let v = lanes.load(velocity);
  const top = lanes.load(amsgrad ? largest : velocity);
  // Before anything is stored: tables often lie a multiple of 4 KiB apart, and a load waits for a store whose address ends alike.
  const w = lanes.load(target);
  m = flush(f32x4.add(m, f32x4.mul(f32x4.sub(g, m), f32x4.splat(keep1))));
  v = flush(f32x4.add(v, f32x4.mul(f32x4.sub(f32x4.mul(g, g), v), f32x4.splat(keep2))));
  lanes.store(moment, m);
  lanes.store(velocity, v);
  if (amsgrad) lanes.store(largest, (v = f32x4.max(top, v)));
  const step = f32x4.div(f32x4.mul(m, f32x4.splat(stepSize)), f32x4.add(f32x4.sqrt(v), f32x4.splat(epsilon)));
  lanes.store(target, f32x4.sub(decayed(w, decay), step));
}

export function adam(
  target: usize, moment: usize, velocity: usize, largest: usize, gradient: usize, ids: usize, indexed: u32, rows: u32, dim: u32,
  decay: f32, stepSize: f32, keep1: f32, keep2: f32, epsilon: f32, amsgrad: u32,
): void {
  const rowBytes = dim << 2;
  for (let i: u32 = 0; i < rows; i++) {
    if (indexed && i % ahead == 0) {
      const to = min(i + ahead, rows);
      touch(target, ids, i, to, rowBytes);
      touch(moment, ids, i, to, rowBytes);
      touch(velocity, ids, i, to, rowBytes);
      if (amsgrad) touch(largest, ids, i, to, rowBytes);
    }
    let at: usize = rowStart(ids, indexed, i, rowBytes);
    const end: usize = at + rowBytes;
    for (; at + 16 <= end; at += 16, gradient += 16) {
      adamAt<Four>(target + at, moment + at, velocity + at, largest + at, gradient, decay, stepSize, keep1, keep2, epsilon, amsgrad);
    }
    for (; at < end; at += 4, gradient += 4) {
      adamAt<One>(target + at, moment + at, velocity + at, largest + at, gradient, decay, stepSize, keep1, keep2, epsilon, amsgrad);
    }
  }
}

@inline
function rmspropAt<Lanes>(
  target: usize, velocity: usize, moment: usize, average: usize, gradient: usize,
  decay: f32, learningRate: f32, rho: f32, keep: f32, momentum: f32, epsilon: f32, centered: u32,
): void {
  const lanes = changetype<Lanes>(0);
  const g = lanes.load(gradient);
  const v = flush(f32x4.add(f32x4.mul(f32x4.splat(rho), lanes.load(velocity)), f32x4.mul(f32x4.splat(keep), f32x4.mul(g, g))));
  lanes.store(velocity, v);
  let d = v;
  if (centered) {
    const a = flush(f32x4.add(f32x4.mul(f32x4.splat(rho), lanes.load(average)), f32x4.mul(f32x4.splat(keep), g)));
    lanes.store(average, a);
    d = f32x4.sub(v, f32x4.mul(a, a));
  }
  let step = f32x4.div(f32x4.mul(f32x4.splat(learningRate), g), f32x4.sqrt(f32x4.add(d, f32x4.splat(epsilon))));
  if (momentum > 0) {
    step = flush(f32x4.add(f32x4.mul(f32x4.splat(momentum), lanes.load(moment)), step));
    lanes.store(moment, step);
  }
  lanes.store(target, f32x4.sub(decayed(lanes.load(target), decay), step));
}

export function rmsprop(
  target: usize, velocity: usize, moment: usize, average: usize, gradient: usize, ids: usize, indexed: u32, rows: u32, dim: u32,
  decay: f32, learningRate: f32, rho: f32, keep: f32, momentum: f32, epsilon: f32, centered: u32,
): void {
  const rowBytes = dim << 2;
  for (let i: u32 = 0; i < rows; i++) {
    let at: usize = rowStart(ids, indexed, i, rowBytes);
    const end: usize = at + rowBytes;
    for (; at + 16 <= end; at += 16, gradient += 16) {
      rmspropAt<Four>(target + at, velocity + at, moment + at, average + at, gradient, decay, learningRate, rho, keep, momentum, epsilon, centered);
    }
    for (; at < end; at += 4, gradient += 4) {
      rmspropAt<One>(target + at, velocity + at, moment + at, average + at, gradient, decay, learningRate, rho, keep, momentum, epsilon, centered);
    }
  }
}

@inline
function adagradAt<Lanes>(target: usize, accumulator: usize, gradient: usize, decay: f32, learningRate: f32, epsilon: f32): void {
  const lanes = changetype<Lanes>(0);
  const g = lanes.load(gradient);
  const a = f32x4.add(lanes.load(accumulator), f32x4.mul(g, g));
  lanes.store(accumulator, a);
  const step = f32x4.div(f32x4.mul(f32x4.splat(learningRate), g), f32x4.sqrt(f32x4.add(a, f32x4.splat(epsilon))));
  lanes.store(target, f32x4.sub(decayed(lanes.load(target), decay), step));
}

export function adagrad(target: usize, accumulator: usize, gradient: usize, ids: usize, indexed: u32, rows: u32, dim: u32, decay: f32, learningRate: f32, epsilon: f32): void {
  const rowBytes = dim << 2;
  for (let i: u32 = 0; i < rows; i++) {
    let at: usize = rowStart(ids, indexed, i, rowBytes);
    const end: usize = at + rowBytes;
    for (; at + 16 <= end; at += 16, gradient += 16) adagradAt<Four>(target + at, accumulator + at, gradient, decay, learningRate, epsilon);
    for (; at < end; at += 4, gradient += 4) adagradAt<One>(target + at, accumulator + at, gradient, decay, learningRate, epsilon);
  }
}

@inline
function addSquares<Lanes>(sum: v128, gradient: usize): v128 {
  const g = changetype<Lanes>(0).load(gradient);
  return f32x4.add(sum, f32x4.mul(g, g));
}

@inline
function scaledAt<Lanes>(target: usize, gradient: usize, decay: f32, rate: f32): void {
  const lanes = changetype<Lanes>(0);
  lanes.store(target, f32x4.sub(decayed(lanes.load(target), decay), f32x4.mul(f32x4.splat(rate), lanes.load(gradient))));
}

export function rowwiseAdagrad(target: usize, accumulator: usize, gradient: usize, ids: usize, indexed: u32, rows: u32, dim: u32, decay: f32, learningRate: f32, epsilon: f32): void {
  const rowBytes = dim << 2;
  for (let i: u32 = 0; i < rows; i++) {
    const row: u32 = indexed ? load<u32>(ids + (i << 2)) : i;
    let sum = f32x4.splat(0);
    let g: usize = gradient;
    const last: usize = gradient + rowBytes;
    for (; g + 16 <= last; g += 16) sum = addSquares<Four>(sum, g);
    for (; g < last; g += 4) sum = addSquares<One>(sum, g);
    const total: f32 = f32x4.extract_lane(sum, 0) + f32x4.extract_lane(sum, 1) + (f32x4.extract_lane(sum, 2) + f32x4.extract_lane(sum, 3));
    const a: f32 = load<f32>(accumulator + (row << 2)) + total / <f32>dim;
    store<f32>(accumulator + (row << 2), a);
    const rate: f32 = learningRate / sqrt<f32>(a + epsilon);
    let at: usize = row * rowBytes;
    const end: usize = at + rowBytes;
    for (; at + 16 <= end; at += 16, gradient += 16) scaledAt<Four>(target + at, gradient, decay, rate);
    for (; at < end; at += 4, gradient += 4) scaledAt<One>(target + at, gradient, decay, rate);
  }
}
