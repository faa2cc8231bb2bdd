@inline
function widen<Signed>(x: v128): v128 {
  if (isSigned<Signed>()) return i32x4.extend_low_i16x8_s(i16x8.extend_low_i8x16_s(x));
  return i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(x));
}

/** Four bytes to four words, or one to one. */
@inline
function bytesToWords<Signed>(x: usize, out: usize, count: u32, floats: bool): void {
  let i: u32 = 0;
  for (; i + 4 <= count; i += 4) {
    const words = widen<Signed>(v128.load32_zero(x + i));
    v128.store(out + (i << 2), floats ? f32x4.convert_i32x4_s(words) : words);
  }
  for (; i < count; i++) {
    const words = widen<Signed>(v128.load8_splat(x + i));
    v128.store_lane<u32>(out + (i << 2), floats ? f32x4.convert_i32x4_s(words) : words, 0);
  }
}

export function castI8F32(x: usize, out: usize, count: u32): void {
  bytesToWords<i8>(x, out, count, true);
}

export function castU8F32(x: usize, out: usize, count: u32): void {
  bytesToWords<u8>(x, out, count, true);
}

export function castI8I32(x: usize, out: usize, count: u32): void {
  bytesToWords<i8>(x, out, count, false);
}

export function castU8I32(x: usize, out: usize, count: u32): void {
  bytesToWords<u8>(x, out, count, false);
}

export function castF32I32(x: usize, out: usize, count: u32): void {
  const end: usize = x + (count << 2);
  for (; x + 16 <= end; x += 16, out += 16) v128.store(out, i32x4.trunc_sat_f32x4_s(v128.load(x)));
  for (; x < end; x += 4, out += 4) v128.store_lane<u32>(out, i32x4.trunc_sat_f32x4_s(v128.load32_zero(x)), 0);
}

export function castI32F32(x: usize, out: usize, count: u32): void {
  const end: usize = x + (count << 2);
  for (; x + 16 <= end; x += 16, out += 16) v128.store(out, f32x4.convert_i32x4_s(v128.load(x)));
  for (; x < end; x += 4, out += 4) v128.store_lane<u32>(out, f32x4.convert_i32x4_s(v128.load32_zero(x)), 0);
}

export function castF32I8(x: usize, out: usize, count: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    const words = i32x4.trunc_sat_f32x4_s(v128.load32_zero(x + (i << 2)));
    store<u8>(out + i, i32x4.extract_lane(i32x4.min_s(i32x4.max_s(words, i32x4.splat(-128)), i32x4.splat(127)), 0));
  }
}

export function castF32U8(x: usize, out: usize, count: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    const words = i32x4.trunc_sat_f32x4_s(v128.load32_zero(x + (i << 2)));
    store<u8>(out + i, i32x4.extract_lane(i32x4.min_s(i32x4.max_s(words, i32x4.splat(0)), i32x4.splat(255)), 0));
  }
}

export function castF32Bool(x: usize, out: usize, count: u32): void {
  for (let i: u32 = 0; i < count; i++) store<u8>(out + i, u32(load<f32>(x + (i << 2)) != 0));
}

export function castI32U8(x: usize, out: usize, count: u32): void {
  for (let i: u32 = 0; i < count; i++) store<u8>(out + i, load<u8>(x + (i << 2)));
}

export function castI32Bool(x: usize, out: usize, count: u32): void {
  for (let i: u32 = 0; i < count; i++) store<u8>(out + i, u32(load<u32>(x + (i << 2)) != 0));
}

export function castU8Bool(x: usize, out: usize, count: u32): void {
  for (let i: u32 = 0; i < count; i++) store<u8>(out + i, u32(load<u8>(x + i) != 0));
}
