import { Four, One } from "./lanes";
import * as math from "./math";

@inline
function widenHigh(x: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<u64>(x, x, 1, 0));
}

@inline
function narrow(low: v128, high: v128): v128 {
  return v128.shuffle<u64>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2);
}

@unmanaged class Abs { @inline of(x: v128): v128 { return f32x4.abs(x); } }
@unmanaged class Ceil { @inline of(x: v128): v128 { return f32x4.ceil(x); } }
@unmanaged class Floor { @inline of(x: v128): v128 { return f32x4.floor(x); } }
@unmanaged class Neg { @inline of(x: v128): v128 { return f32x4.neg(x); } }
@unmanaged class Relu { @inline of(x: v128): v128 { return f32x4.max(x, f32x4.splat(0)); } }
@unmanaged class Round { @inline of(x: v128): v128 { return f32x4.nearest(x); } }
@unmanaged class Rsqrt { @inline of(x: v128): v128 { return f32x4.div(f32x4.splat(1), f32x4.sqrt(x)); } }
@unmanaged class Sqrt { @inline of(x: v128): v128 { return f32x4.sqrt(x); } }
@unmanaged class Square { @inline of(x: v128): v128 { return f32x4.mul(x, x); } }
@unmanaged class Sign {
  @inline of(x: v128): v128 {
    const zero = f32x4.splat(0);
    const negative = v128.bitselect(f32x4.splat(-1), x, f32x4.lt(x, zero));
    return v128.bitselect(f32x4.splat(1), negative, f32x4.gt(x, zero));
  }
}
@unmanaged class Exp { @inline of(x: v128): v128 { return narrow(math.exp(f64x2.promote_low_f32x4(x)), math.exp(widenHigh(x))); } }
@unmanaged class Expm1 { @inline of(x: v128): v128 { return narrow(math.expm1(f64x2.promote_low_f32x4(x)), math.expm1(widenHigh(x))); } }
@unmanaged class Log { @inline of(x: v128): v128 { return narrow(math.log(f64x2.promote_low_f32x4(x)), math.log(widenHigh(x))); } }
@unmanaged class Log1p { @inline of(x: v128): v128 { return narrow(math.log1p(f64x2.promote_low_f32x4(x)), math.log1p(widenHigh(x))); } }
@unmanaged class Tanh { @inline of(x: v128): v128 { return narrow(math.tanh(f64x2.promote_low_f32x4(x)), math.tanh(widenHigh(x))); } }
@unmanaged class Sigmoid { @inline of(x: v128): v128 { return narrow(math.sigmoid(f64x2.promote_low_f32x4(x)), math.sigmoid(widenHigh(x))); } }
@unmanaged class Softplus { @inline of(x: v128): v128 { return narrow(math.softplus(f64x2.promote_low_f32x4(x)), math.softplus(widenHigh(x))); } }
@unmanaged class Erf { @inline of(x: v128): v128 { return narrow(math.erf(f64x2.promote_low_f32x4(x)), math.erf(widenHigh(x))); } }

@inline
function at<Op, Lanes>(x: usize, out: usize): void {
  const lanes = changetype<Lanes>(0);
  lanes.store(out, changetype<Op>(0).of(lanes.load(x)));
}

function map<Op>(x: usize, out: usize, count: u32): void {
  const end: usize = x + (count << 2);
  for (; x + 16 <= end; x += 16, out += 16) at<Op, Four>(x, out);
  for (; x < end; x += 4, out += 4) at<Op, One>(x, out);
}

export function abs(x: usize, out: usize, count: u32): void { map<Abs>(x, out, count); }
export function ceil(x: usize, out: usize, count: u32): void { map<Ceil>(x, out, count); }
export function erf(x: usize, out: usize, count: u32): void { map<Erf>(x, out, count); }
export function exp(x: usize, out: usize, count: u32): void { map<Exp>(x, out, count); }
export function expm1(x: usize, out: usize, count: u32): void { map<Expm1>(x, out, count); }
export function floor(x: usize, out: usize, count: u32): void { map<Floor>(x, out, count); }
export function log(x: usize, out: usize, count: u32): void { map<Log>(x, out, count); }
export function log1p(x: usize, out: usize, count: u32): void { map<Log1p>(x, out, count); }
export function neg(x: usize, out: usize, count: u32): void { map<Neg>(x, out, count); }
export function relu(x: usize, out: usize, count: u32): void { map<Relu>(x, out, count); }
export function round(x: usize, out: usize, count: u32): void { map<Round>(x, out, count); }
export function rsqrt(x: usize, out: usize, count: u32): void { map<Rsqrt>(x, out, count); }
export function sigmoid(x: usize, out: usize, count: u32): void { map<Sigmoid>(x, out, count); }
export function sign(x: usize, out: usize, count: u32): void { map<Sign>(x, out, count); }
export function softplus(x: usize, out: usize, count: u32): void { map<Softplus>(x, out, count); }
export function sqrt(x: usize, out: usize, count: u32): void { map<Sqrt>(x, out, count); }
export function square(x: usize, out: usize, count: u32): void { map<Square>(x, out, count); }
export function tanh(x: usize, out: usize, count: u32): void { map<Tanh>(x, out, count); }

export function isNan(x: usize, out: usize, count: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    const value = load<f32>(x + (i << 2));
    store<u8>(out + i, u32(value != value));
  }
}

export function logicalNot(x: usize, out: usize, count: u32): void {
  let i: u32 = 0;
  for (; i + 16 <= count; i += 16) v128.store(out + i, v128.and(i8x16.eq(v128.load(x + i), i8x16.splat(0)), i8x16.splat(1)));
  for (; i < count; i++) store<u8>(out + i, u32(load<u8>(x + i) == 0));
}
