/**
 * Where the measure of a row's skipped steps is cut, so that two nodes a piece are enough.
 *
 * Two nodes integrate f(r) = 1 / (r·s + ε) over a measure on [r₁, r₀] with an error of at most max f⁗/4! · max |q|² times its mass, for
 * the best quadratic q (Gauss); Chebyshev's q gives ((r₀ - r₁) / 2)⁴ / 4, and f⁗/4! is largest, relative to f, at ε = 0: 1 / r₁⁵.
 * With W = ln(r₀ / r₁) the relative error of a piece is at most (1 - e^-W)⁴ e^(5W) / 64, whatever s, ε and the step sizes are.
 *
 * Without an end, the measure Σ a^j has the deviation h = ln(b)/2 / ln(a) in ln r and the error 4 h⁴ (Laguerre's polynomial of degree
 * two). Step sizes that grow by up to `growth` within the measure make it at most 34 h⁴ (found by trying all places of a jump), and
 * let later steps weigh up to `growth` times more than their a^j.
 */

/** The largest error that a piece may add, relative to the whole change of an element. */
const budget = 1e-6;
/** A learning rate may grow this many times within the memory of the momentum, as in a warm restart, and the bound still holds. */
const growth = 100;
/** The error of the open piece is this times h⁴ for that growth. */
const openError = 34;

/** Skipped steps `begin + 1 .. end` of a row. */
export type Piece = readonly [begin: number, end: number];

/**
 * Cuts the steps after a touch into pieces over which R changes little. Later pieces weigh less, so they are longer.
 *
 * @param a - Decay of the momentum, above 0 and below 1.
 * @param b - Decay of the second moment, from 0 to 1.
 * @param most - Gives up beyond this many.
 * @returns The pieces, the last one open; undefined where they would be too many.
 */
export function cutMeasure(a: number, b: number, most: number): readonly Piece[] | undefined {
  const perStep = -Math.log(b) / 2;
  const spread = perStep / -Math.log(a);
  const shareFrom = (step: number): number => Math.min(1, growth * Math.pow(a, step));
  const pieces: Piece[] = [];
  let begin = 0;
  while (shareFrom(begin) * openError * Math.pow(spread, 4) * (1 + 10 * spread) > budget) {
    const share = shareFrom(begin);
    let length = 1;
    while (share * pieceError((length + 1) * perStep) <= budget) length++;
    pieces.push([begin, begin + length]);
    begin += length;
    if (pieces.length >= most) return undefined;
  }
  return [...pieces, [begin, Infinity]];
}

function pieceError(width: number): number {
  return (Math.pow(-Math.expm1(-width), 4) * Math.exp(5 * width)) / 64;
}
