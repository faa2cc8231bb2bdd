/**
 * Gauss' two-node rule for a discrete measure, from its first four moments.
 *
 * For weights c_j ≥ 0 at places r_j, two nodes x₁, x₂ with weights w₁, w₂ integrate every cubic exactly:
 * Σ c_j f(r_j) = w₁ f(x₁) + w₂ f(x₂) for polynomials f of degree 3 or less. With mean μ, variance σ² and third central moment κ
 * of the measure, and g = κ / σ², the nodes are μ + g/2 ∓ sqrt(g²/4 + σ²) (Golub and Welsch 1969, for n = 2).
 *
 * Places lie in [0, 1] and so do the nodes, also where rounding would put them elsewhere.
 *
 * @param moments - Σ c_j r_j^p for p = 0 to 3, at `moments[from] ..`.
 * @param from - Where they begin.
 * @param out - Receives `w₁, x₁, w₂, x₂` at `out[at] ..`.
 * @param at - Where to write.
 */
export function gaussTwoNodes(moments: ArrayLike<number>, from: number, out: Float32Array | Float64Array, at: number): void {
  const total = moments[from] as number;
  if (!(total > 0)) {
    writeNodes(out, at, 0, 1, 0, 1);
    return;
  }
  const mean = Math.min(1, Math.max(0, (moments[from + 1] as number) / total));
  const second = (moments[from + 2] as number) / total;
  const third = (moments[from + 3] as number) / total;
  const variance = second - mean * mean;
  // Below this the places are one place, and the variance is rounding.
  if (variance < 1e-14) {
    writeNodes(out, at, total, mean, 0, mean);
    return;
  }
  const skew = (third - 3 * mean * second + 2 * mean * mean * mean) / variance;
  const spread = Math.sqrt((skew * skew) / 4 + variance);
  const low = Math.max(skew / 2 - spread, -mean);
  const high = Math.min(skew / 2 + spread, 1 - mean);
  if (!(high > low)) {
    writeNodes(out, at, total, mean, 0, mean);
    return;
  }
  const share = high / (high - low);
  writeNodes(out, at, total * share, mean + low, total * (1 - share), mean + high);
}

function writeNodes(out: Float32Array | Float64Array, at: number, w1: number, x1: number, w2: number, x2: number): void {
  out[at] = w1;
  out[at + 1] = x1;
  out[at + 2] = w2;
  out[at + 3] = x2;
}
