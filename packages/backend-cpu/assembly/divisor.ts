/** What a bag is divided by: the sum of its weights (mode 1), or the root of the sum of their squares (mode 2). */
export function bagDivisor(weights: usize, weighted: u32, from: u32, to: u32, mode: u32): f32 {
  let sum: f32 = 0;
  for (let i = from; i < to; i++) {
    const weight: f32 = weighted ? load<f32>(weights + (i << 2)) : 1;
    sum += mode == 1 ? weight : weight * weight;
  }
  return mode == 1 ? sum : sqrt<f32>(sum);
}
