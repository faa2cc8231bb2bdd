import { portableLog } from "./log.ts";

/**
 * The quantile of the standard normal distribution (the inverse of its distribution function), with the same bits in every
 * runtime: only + - * / and sqrt, which IEEE 754 fixes.
 *
 * Source: Wichura, "Algorithm AS 241: The Percentage Points of the Normal Distribution", Applied Statistics 37 (1988), PPND16;
 * accurate to about 1e-16 relative.
 *
 * @param p - A probability, 0 < p < 1.
 * @returns z with P(Z <= z) = p.
 */
export function normalQuantile(p: number): number {
  const q = p - 0.5;
  if (q >= -0.425 && q <= 0.425) return q * central(0.180625 - q * q);
  const tail = q < 0 ? p : 1 - p;
  const r = Math.sqrt(-portableLog(tail));
  const z = r <= 5 ? middle(r - 1.6) : far(r - 5);
  return q < 0 ? -z : z;
}

/** |p - 0.5| <= 0.425. */
function central(r: number): number {
  const numerator = polynomial(
    r,
    2509.0809287301227,
    33430.57558358813,
    67265.7709270087,
    45921.95393154987,
    13731.69376550946,
    1971.5909503065513,
    133.14166789178438,
    3.3871328727963665,
  );
  const denominator = polynomial(
    r,
    5226.495278852854,
    28729.085735721943,
    39307.89580009271,
    21213.794301586597,
    5394.196021424751,
    687.1870074920579,
    42.31333070160091,
    1,
  );
  return numerator / denominator;
}

/** Tail probabilities from exp(-25) to 0.075. */
function middle(r: number): number {
  const numerator = polynomial(
    r,
    0.0007745450142783414,
    0.022723844989269184,
    0.2417807251774506,
    1.2704582524523684,
    3.6478483247632045,
    5.769497221460691,
    4.630337846156546,
    1.4234371107496835,
  );
  const denominator = polynomial(
    r,
    1.0507500716444169e-9,
    0.0005475938084995345,
    0.015198666563616457,
    0.14810397642748008,
    0.6897673349851,
    1.6763848301838038,
    2.053191626637759,
    1,
  );
  return numerator / denominator;
}

/** Tail probabilities below exp(-25). */
function far(r: number): number {
  const numerator = polynomial(
    r,
    2.0103343992922881e-7,
    0.000027115555687434876,
    0.0012426609473880784,
    0.026532189526576124,
    0.29656057182850487,
    1.7848265399172913,
    5.463784911164114,
    6.657904643501103,
  );
  const denominator = polynomial(
    r,
    2.0442631033899397e-15,
    1.421511758316446e-7,
    0.000018463183175100548,
    0.0007868691311456133,
    0.014875361290850615,
    0.1369298809227358,
    0.599832206555888,
    1,
  );
  return numerator / denominator;
}

/** A polynomial of degree 7 by Horner's rule, highest coefficient first. */
function polynomial(r: number, c7: number, c6: number, c5: number, c4: number, c3: number, c2: number, c1: number, c0: number): number {
  const upper = (((c7 * r + c6) * r + c5) * r + c4) * r + c3;
  return ((upper * r + c2) * r + c1) * r + c0;
}
