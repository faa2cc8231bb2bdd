// Functions of two float64 lanes, exact to about 1e-11: once rounded to float32 they are within half an ulp and a hair of the truth.

@inline
export function one(): v128 {
  return f64x2.splat(1);
}

/** `2^k` and `exp(r) - 1` for `x = k ln 2 + r`; x beyond ±200 is cut, where float32 has ended anyway. */
@unmanaged
class Split {
  @inline cut(x: v128): v128 {
    return f64x2.min(f64x2.max(x, f64x2.splat(-200)), f64x2.splat(200));
  }
  @inline exponent(x: v128): v128 {
    return f64x2.nearest(f64x2.mul(x, f64x2.splat(1.4426950408889634)));
  }
  @inline power(k: v128): v128 {
    const integers = i64x2.extend_low_i32x4_s(i32x4.trunc_sat_f64x2_s_zero(k));
    return i64x2.shl(i64x2.add(integers, i64x2.splat(1023)), 52);
  }
  /** Taylor's series to the tenth power, for |r| <= ln(2) / 2. */
  @inline rest(x: v128, k: v128): v128 {
    let r = f64x2.sub(x, f64x2.mul(k, f64x2.splat(0.6931471803691238)));
    r = f64x2.sub(r, f64x2.mul(k, f64x2.splat(1.9082149292705877e-10)));
    let sum = f64x2.splat(1.0 / 3628800);
    sum = f64x2.add(f64x2.mul(sum, r), f64x2.splat(1.0 / 362880));
    sum = f64x2.add(f64x2.mul(sum, r), f64x2.splat(1.0 / 40320));
    sum = f64x2.add(f64x2.mul(sum, r), f64x2.splat(1.0 / 5040));
    sum = f64x2.add(f64x2.mul(sum, r), f64x2.splat(1.0 / 720));
    sum = f64x2.add(f64x2.mul(sum, r), f64x2.splat(1.0 / 120));
    sum = f64x2.add(f64x2.mul(sum, r), f64x2.splat(1.0 / 24));
    sum = f64x2.add(f64x2.mul(sum, r), f64x2.splat(1.0 / 6));
    sum = f64x2.add(f64x2.mul(sum, r), f64x2.splat(0.5));
    sum = f64x2.add(f64x2.mul(sum, r), one());
    return f64x2.mul(sum, r);
  }
}

@inline
export function exp(x: v128): v128 {
  const split = changetype<Split>(0);
  const within = split.cut(x);
  const k = split.exponent(within);
  const power = split.power(k);
  return f64x2.add(power, f64x2.mul(power, split.rest(within, k)));
}

@inline
export function expm1(x: v128): v128 {
  const split = changetype<Split>(0);
  const within = split.cut(x);
  const k = split.exponent(within);
  const power = split.power(k);
  return keepZero(f64x2.add(f64x2.mul(power, split.rest(within, k)), f64x2.sub(power, one())), x);
}

/** Natural logarithm: `e ln 2 + ln m` with m in [sqrt(1/2), sqrt(2)), and `ln m = 2 artanh((m - 1) / (m + 1))`. */
@inline
export function log(x: v128): v128 {
  const biased = v128.or(i64x2.shr_u(x, 52), i64x2.splat(0x4330000000000000));
  let e = f64x2.sub(biased, f64x2.splat(4503599627371519));
  let m = v128.or(v128.and(x, i64x2.splat(0x000fffffffffffff)), i64x2.splat(0x3ff0000000000000));
  const high = f64x2.gt(m, f64x2.splat(1.4142135623730951));
  m = v128.bitselect(f64x2.mul(m, f64x2.splat(0.5)), m, high);
  e = v128.bitselect(f64x2.add(e, one()), e, high);
  const s = f64x2.div(f64x2.sub(m, one()), f64x2.add(m, one()));
  const z = f64x2.mul(s, s);
  let sum = f64x2.splat(2.0 / 17);
  sum = f64x2.add(f64x2.mul(sum, z), f64x2.splat(2.0 / 15));
  sum = f64x2.add(f64x2.mul(sum, z), f64x2.splat(2.0 / 13));
  sum = f64x2.add(f64x2.mul(sum, z), f64x2.splat(2.0 / 11));
  sum = f64x2.add(f64x2.mul(sum, z), f64x2.splat(2.0 / 9));
  sum = f64x2.add(f64x2.mul(sum, z), f64x2.splat(2.0 / 7));
  sum = f64x2.add(f64x2.mul(sum, z), f64x2.splat(2.0 / 5));
  sum = f64x2.add(f64x2.mul(sum, z), f64x2.splat(2.0 / 3));
  sum = f64x2.add(f64x2.mul(sum, z), f64x2.splat(2));
  let result = f64x2.add(f64x2.mul(e, f64x2.splat(0.6931471805599453)), f64x2.mul(s, sum));
  result = v128.bitselect(x, result, f64x2.eq(x, f64x2.splat(Infinity)));
  result = v128.bitselect(f64x2.splat(-Infinity), result, f64x2.eq(x, f64x2.splat(0)));
  return v128.bitselect(result, f64x2.splat(NaN), f64x2.ge(x, f64x2.splat(0)));
}

/** What `1 + x` loses is given back by the quotient. */
@inline
export function log1p(x: v128): v128 {
  const u = f64x2.add(x, one());
  const lost = f64x2.sub(u, one());
  const result = f64x2.mul(log(u), f64x2.div(x, lost));
  const asItIs = v128.or(f64x2.eq(lost, f64x2.splat(0)), f64x2.eq(x, f64x2.splat(Infinity)));
  return v128.bitselect(x, result, asItIs);
}

/** `tanh |x| = t / (t + 2)` with `t = exp(2|x|) - 1`. */
@inline
export function tanh(x: v128): v128 {
  const size = f64x2.abs(x);
  const t = expm1(f64x2.add(size, size));
  return withSign(f64x2.div(t, f64x2.add(t, f64x2.splat(2))), x);
}

@inline
export function sigmoid(x: v128): v128 {
  return f64x2.div(one(), f64x2.add(one(), exp(f64x2.neg(x))));
}

/** `ln(1 + exp x)` without overflow. */
@inline
export function softplus(x: v128): v128 {
  return f64x2.add(f64x2.max(x, f64x2.splat(0)), log1p(exp(f64x2.neg(f64x2.abs(x)))));
}

/** Taylor's series up to 1, Chebyshev's from 1 to 4, then 1; the coefficients are those of src/kernels/erf.ts. */
@inline
export function erf(x: v128): v128 {
  const size = f64x2.abs(x);
  return withSign(v128.bitselect(erfNearZero(size), erfFarther(size), f64x2.le(size, one())), x);
}

function erfNearZero(size: v128): v128 {
  const z = f64x2.mul(size, size);
  let sum = f64x2.splat(9.422759064650411e-11);
  sum = f64x2.add(f64x2.mul(sum, z), f64x2.splat(-1.229055530171793e-9));
  sum = f64x2.add(f64x2.mul(sum, z), f64x2.splat(1.480719281587922e-8));
  sum = f64x2.add(f64x2.mul(sum, z), f64x2.splat(-1.636584469123492e-7));
  sum = f64x2.add(f64x2.mul(sum, z), f64x2.splat(0.000001646211436588925));
  sum = f64x2.add(f64x2.mul(sum, z), f64x2.splat(-0.00001492565035840625));
  sum = f64x2.add(f64x2.mul(sum, z), f64x2.splat(0.0001205533298178966));
  sum = f64x2.add(f64x2.mul(sum, z), f64x2.splat(-0.0008548327023450852));
  sum = f64x2.add(f64x2.mul(sum, z), f64x2.splat(0.005223977625442188));
  sum = f64x2.add(f64x2.mul(sum, z), f64x2.splat(-0.02686617064513125));
  sum = f64x2.add(f64x2.mul(sum, z), f64x2.splat(0.1128379167095513));
  sum = f64x2.add(f64x2.mul(sum, z), f64x2.splat(-0.3761263890318375));
  sum = f64x2.add(f64x2.mul(sum, z), f64x2.splat(1.128379167095513));
  return f64x2.mul(size, sum);
}

/** One step of Clenshaw's recurrence. */
@inline
function clenshaw(twice: v128, b1: v128, b2: v128, coefficient: f64): v128 {
  return f64x2.add(f64x2.sub(f64x2.mul(twice, b1), b2), f64x2.splat(coefficient));
}

function erfFarther(size: v128): v128 {
  const within = f64x2.min(size, f64x2.splat(4));
  const u = f64x2.div(f64x2.sub(f64x2.add(within, within), f64x2.splat(5)), f64x2.splat(3));
  const twice = f64x2.add(u, u);
  const zero = f64x2.splat(0);
  const b15 = f64x2.splat(-9.389144395994e-9);
  const b14 = clenshaw(twice, b15, zero, 3.172083441749e-8);
  const b13 = clenshaw(twice, b14, b15, 2.368918496087e-8);
  const b12 = clenshaw(twice, b13, b14, -5.517666245292e-7);
  const b11 = clenshaw(twice, b12, b13, 0.000001808171485183);
  const b10 = clenshaw(twice, b11, b12, 7.040156688523e-8);
  const b9 = clenshaw(twice, b10, b11, -0.00002228847529015);
  const b8 = clenshaw(twice, b9, b10, 0.00008896524124872);
  const b7 = clenshaw(twice, b8, b9, -0.0001268622107139);
  const b6 = clenshaw(twice, b7, b8, -0.0003576751739023);
  const b5 = clenshaw(twice, b6, b7, 0.002748111832709);
  const b4 = clenshaw(twice, b5, b6, -0.009314174792885);
  const b3 = clenshaw(twice, b4, b5, 0.02179748780385);
  const b2 = clenshaw(twice, b3, b4, -0.03876375643903);
  const b1 = clenshaw(twice, b2, b3, 0.05425132389646);
  const result = clenshaw(u, b1, b2, 0.96969747946);
  return v128.bitselect(one(), result, f64x2.ge(size, f64x2.splat(4)));
}

/** `exp(b ln|a|)`, with C's rules for signs, zeros and ones. */
@inline
export function pow(a: v128, b: v128): v128 {
  const size = f64x2.abs(a);
  const whole = f64x2.eq(f64x2.nearest(b), b);
  const half = f64x2.mul(b, f64x2.splat(0.5));
  const odd = v128.and(whole, f64x2.ne(f64x2.nearest(half), half));
  const sign = v128.and(v128.and(a, f64x2.splat(-0.0)), odd);
  let result = v128.xor(exp(f64x2.mul(b, log(size))), sign);
  const infinite = f64x2.splat(Infinity);
  const noRoot = v128.andnot(v128.and(f64x2.lt(a, f64x2.splat(0)), f64x2.lt(size, infinite)), whole);
  result = v128.bitselect(f64x2.splat(NaN), result, noRoot);
  const endless = v128.and(f64x2.eq(size, one()), f64x2.eq(f64x2.abs(b), infinite));
  const isOne = v128.or(v128.or(f64x2.eq(b, f64x2.splat(0)), f64x2.eq(a, one())), endless);
  return v128.bitselect(one(), result, isOne);
}

/** Zeros keep their sign. */
@inline
function keepZero(result: v128, x: v128): v128 {
  return v128.bitselect(x, result, f64x2.eq(x, f64x2.splat(0)));
}

@inline
function withSign(size: v128, x: v128): v128 {
  return v128.bitselect(x, size, f64x2.splat(-0.0));
}
