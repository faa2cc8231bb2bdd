// How stored numbers become floats: eight columns of a row at once, as eight 16-bit lanes that turn into two vectors, or one column.
// `factor` is what a number is multiplied by; numbers of 16 bits are floats already. `startsAt` says whether eight columns can begin there.

@unmanaged
export class Int8 {
  @inline isBytes(): bool {
    return true;
  }
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
export class Int4 {
  @inline isBytes(): bool {
    return false;
  }
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
export class Int4Blocks {
  @inline isBytes(): bool {
    return false;
  }
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
export class Float16 {
  @inline isBytes(): bool {
    return false;
  }
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
export class Bfloat16 {
  @inline isBytes(): bool {
    return false;
  }
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

/** One row as floats. */
@inline
export function decodeRow<Code>(data: usize, scale: usize, zeros: usize, id: u32, out: usize, dim: u32, block: u32, groups: u32, rowBytes: u32): void {
  const code = changetype<Code>(0);
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
