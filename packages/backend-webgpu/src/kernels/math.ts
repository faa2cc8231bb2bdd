/** Functions that WGSL lacks, or has with fewer digits than float32 can keep, or leaves open at special values. */
export const mathFunctions = /* wgsl */ `
fn exact_sqrt(x: f32) -> f32 {
  if (isNan(x) || x < 0.0) { return fromBits(0x7fc00000u + u32(x != x)); }
  if (isInfinite(x)) { return x; }
  return sqrt(x);
}
fn powerOf2(k: i32) -> f32 { return bitcast<f32>((k + 127) << 23u); }
fn exact_exp(x: f32) -> f32 {
  if (isNan(x)) { return x; }
  if (x > 88.72284) { return fromBits(0x7f800000u + u32(x < 0.0)); }
  if (x < -87.33655) { return 0.0; }
  // The exponent of a power of 2, and the series for what is left, at most ln 2 / 2: exp itself loses digits as x grows.
  let k = round(x * 1.44269504);
  let r = fma(k, 2.12194440e-4, fma(k, -0.693359375, x));
  let e = 1.0 + r * (1.0 + r / 2.0 * (1.0 + r / 3.0 * (1.0 + r / 4.0 * (1.0 + r / 5.0 * (1.0 + r / 6.0 * (1.0 + r / 7.0))))));
  let half = i32(k) / 2;
  return e * powerOf2(half) * powerOf2(i32(k) - half);
}
fn exact_log(x: f32) -> f32 {
  if (isNan(x)) { return x; }
  if (x < 0.0) { return fromBits(0x7fc00000u + u32(x > 0.0)); }
  if (x == 0.0) { return fromBits(0xff800000u + u32(x > 0.0)); }
  if (isInfinite(x)) { return x; }
  return log(x);
}
// The series of e^x - 1 where the difference would lose its digits.
fn exact_expm1(x: f32) -> f32 {
  if (abs(x) < 0.5) {
    return x * (1.0 + x / 2.0 * (1.0 + x / 3.0 * (1.0 + x / 4.0 * (1.0 + x / 5.0 * (1.0 + x / 6.0 * (1.0 + x / 7.0 * (1.0 + x / 8.0)))))));
  }
  return exact_exp(x) - 1.0;
}
// log(1 + x) = 2 artanh(x / (2 + x)), NIST DLMF 4.6.4.
fn exact_log1p(x: f32) -> f32 {
  if (x > -0.5 && x < 1.0) {
    let s = x / (2.0 + x);
    let q = s * s;
    return 2.0 * s * (1.0 + q * (1.0 / 3.0 + q * (1.0 / 5.0 + q * (1.0 / 7.0 + q * (1.0 / 9.0 + q * (1.0 / 11.0 + q * (1.0 / 13.0 + q / 15.0)))))));
  }
  return exact_log(1.0 + x);
}
fn exact_tanh(x: f32) -> f32 {
  if (isNan(x)) { return x; }
  if (abs(x) > 10.0) { return select(-1.0, 1.0, x > 0.0); }
  let e = exact_expm1(2.0 * x);
  return e / (e + 2.0);
}
fn exact_sigmoid(x: f32) -> f32 {
  if (isNan(x)) { return x; }
  let e = exact_exp(-abs(x));
  return select(e, 1.0, x >= 0.0) / (1.0 + e);
}
fn exact_softplus(x: f32) -> f32 {
  if (isNan(x)) { return x; }
  return max(x, 0.0) + exact_log1p(exact_exp(-abs(x)));
}
// Near 0 the Maclaurin series (NIST DLMF 7.6.1); elsewhere Abramowitz and Stegun 7.1.26, 1.5e-7 off at most.
fn exact_erf(x: f32) -> f32 {
  if (isNan(x)) { return x; }
  let z = abs(x);
  let q = z * z;
  if (z < 0.75) {
    return x * 1.1283791671 * (1.0 - q * (1.0 / 3.0 - q * (1.0 / 10.0 - q * (1.0 / 42.0 - q * (1.0 / 216.0 - q * (1.0 / 1320.0 - q * (1.0 / 9360.0 - q / 75600.0)))))));
  }
  if (z > 4.0) { return select(-1.0, 1.0, x > 0.0); }
  let t = 1.0 / (1.0 + 0.3275911 * z);
  let tail = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429)))) * exp(-q);
  return select(tail - 1.0, 1.0 - tail, x > 0.0);
}
fn exact_pow(x: f32, y: f32) -> f32 {
  if (y == 0.0 || x == 1.0) { return 1.0; }
  if (isNan(x)) { return x; }
  if (isNan(y)) { return y; }
  let isWhole = isInfinite(y) || floor(y) == y;
  let isOdd = isWhole && abs(y) < 16777216.0 && (i32(clamp(y, -16777216.0, 16777216.0)) & 1) != 0;
  let z = abs(x);
  var size = 0.0;
  if (z == 1.0) { size = 1.0; }
  else if (z == 0.0 || isInfinite(z) || isInfinite(y)) {
    size = select(0.0, fromBits(0x7f800000u + u32(isNan(z))), (z > 1.0) == (y > 0.0));
  }
  else if (x < 0.0 && !isWhole) { return fromBits(0x7fc00000u + u32(isNan(z))); }
  else { size = pow(z, y); }
  return select(size, -size, isOdd && (bitcast<u32>(x) >> 31u) != 0u);
}
fn either_nan(a: f32, b: f32) -> f32 { return select(b, a, isNan(a)); }
fn exact_max(a: f32, b: f32) -> f32 {
  if (isNan(a) || isNan(b)) { return either_nan(a, b); }
  return select(b, a, a > b);
}
fn exact_min(a: f32, b: f32) -> f32 {
  if (isNan(a) || isNan(b)) { return either_nan(a, b); }
  return select(b, a, a < b);
}
`;
