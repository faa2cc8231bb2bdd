/**
 * Philox4x32-10, a counter-based generator: a counter of 128 bits and a key of 64 bits give a block of four 32-bit words.
 *
 * Source: Salmon, Moraes, Dror, Shaw, "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011, section 3.3.
 */

const multiplier0High = 0xd251;
const multiplier0Low = 0x1f53;
const multiplier1High = 0xcd9e;
const multiplier1Low = 0x8d57;
const multiplier0 = 0xd2511f53 | 0;
const multiplier1 = 0xcd9e8d57 | 0;
const weyl0 = 0x9e3779b9 | 0;
const weyl1 = 0xbb67ae85 | 0;
const rounds = 10;

/** The upper 32 bits of an unsigned 32 x 32 bit product; one factor comes as its two halves. Every partial sum fits 32 bits. */
function multiplyHigh(high: number, low: number, x: number): number {
  const xLow = x & 0xffff;
  const xHigh = x >>> 16;
  const middle = (Math.imul(xHigh, low) + (Math.imul(xLow, low) >>> 16)) >>> 0;
  const carry = (Math.imul(xLow, high) + (middle & 0xffff)) >>> 0;
  return (Math.imul(xHigh, high) + (middle >>> 16) + (carry >>> 16)) | 0;
}

/**
 * One block of four words.
 *
 * @param out - Where the words go.
 * @param at - The index in `out` of the first of the four.
 * @param c0 - Counter word 0 (32 bits, signed or unsigned).
 * @param c1 - Counter word 1.
 * @param c2 - Counter word 2.
 * @param c3 - Counter word 3.
 * @param k0 - Key word 0.
 * @param k1 - Key word 1.
 */
export function philoxBlock(out: Uint32Array, at: number, c0: number, c1: number, c2: number, c3: number, k0: number, k1: number): void {
  let x0 = c0 | 0;
  let x1 = c1 | 0;
  let x2 = c2 | 0;
  let x3 = c3 | 0;
  let key0 = k0 | 0;
  let key1 = k1 | 0;
  for (let round = 0; round < rounds; round++) {
    const high0 = multiplyHigh(multiplier0High, multiplier0Low, x0);
    const high1 = multiplyHigh(multiplier1High, multiplier1Low, x2);
    const low0 = Math.imul(multiplier0, x0);
    const low1 = Math.imul(multiplier1, x2);
    x0 = high1 ^ x1 ^ key0;
    x1 = low1;
    x2 = high0 ^ x3 ^ key1;
    x3 = low0;
    key0 = (key0 + weyl0) | 0;
    key1 = (key1 + weyl1) | 0;
  }
  out[at] = x0;
  out[at + 1] = x1;
  out[at + 2] = x2;
  out[at + 3] = x3;
}
