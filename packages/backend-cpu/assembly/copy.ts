import { advance, position, runLength, runStride, start } from "./layout";

export function copyBytes(source: usize, sourceStart: usize, target: usize, targetStart: usize, bytes: usize): void {
  memory.copy(target + targetStart, source + sourceStart, bytes);
}

export function fillWords(target: usize, bits: u32, count: u32): void {
  if (bits == 0) {
    memory.fill(target, 0, count << 2);
    return;
  }
  const four = i32x4.splat(bits);
  const vectors = count & ~3;
  let i: u32 = 0;
  for (; i < vectors; i += 4) v128.store(target + (i << 2), four);
  for (; i < count; i++) store<u32>(target + (i << 2), bits);
}

export function fillBytes(target: usize, value: u32, count: u32): void {
  memory.fill(target, <u8>value, count);
}

function copyBox<T>(source: usize, target: usize, layout: usize, rank: u32): void {
  const size = <u32>sizeof<T>();
  const count = runLength(layout, rank);
  const strideS = runStride(layout, rank, 0);
  const strideT = runStride(layout, rank, 1);
  start(layout, rank, 2);
  do {
    let s: usize = source + position(layout, rank, 2, 0) * size;
    let t: usize = target + position(layout, rank, 2, 1) * size;
    if (strideS == 1 && strideT == 1) memory.copy(t, s, count * size);
    else {
      for (let i: u32 = 0; i < count; i++) {
        store<T>(t, load<T>(s));
        s += strideS * size;
        t += strideT * size;
      }
    }
  } while (advance(layout, rank, 2));
}

export function copyBoxWords(source: usize, sourceStart: usize, target: usize, targetStart: usize, layout: usize, rank: u32): void {
  copyBox<u32>(source + (sourceStart << 2), target + (targetStart << 2), layout, rank);
}

export function copyBoxBytes(source: usize, sourceStart: usize, target: usize, targetStart: usize, layout: usize, rank: u32): void {
  copyBox<u8>(source + sourceStart, target + targetStart, layout, rank);
}

function selectBox<T>(condition: usize, a: usize, b: usize, out: usize, layout: usize, rank: u32): void {
  const size = <u32>sizeof<T>();
  const count = runLength(layout, rank);
  const strideC = runStride(layout, rank, 0);
  const strideA = runStride(layout, rank, 1) * size;
  const strideB = runStride(layout, rank, 2) * size;
  start(layout, rank, 3);
  do {
    let c: usize = condition + position(layout, rank, 3, 0);
    let x: usize = a + position(layout, rank, 3, 1) * size;
    let y: usize = b + position(layout, rank, 3, 2) * size;
    for (let i: u32 = 0; i < count; i++) {
      store<T>(out, select(load<T>(x), load<T>(y), load<u8>(c) != 0));
      c += strideC;
      x += strideA;
      y += strideB;
      out += size;
    }
  } while (advance(layout, rank, 3));
}

export function selectWords(condition: usize, a: usize, b: usize, out: usize, layout: usize, rank: u32): void {
  selectBox<u32>(condition, a, b, out, layout, rank);
}

export function selectBytes(condition: usize, a: usize, b: usize, out: usize, layout: usize, rank: u32): void {
  selectBox<u8>(condition, a, b, out, layout, rank);
}
