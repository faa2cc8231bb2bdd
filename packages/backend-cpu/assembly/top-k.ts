/** The order in which NaN is the smallest number, and equal to itself. */
@inline
function isLarger(a: f32, b: f32): bool {
  return a > b || (b != b && a == a);
}

export function topK(x: usize, values: usize, indices: usize, rows: u32, n: u32, k: u32): void {
  if (k == 0) return;
  for (let row: u32 = 0; row < rows; row++, x += n << 2, values += k << 2, indices += k << 2) {
    let kept: u32 = 0;
    for (let i: u32 = 0; i < n; i++) {
      const value = load<f32>(x + (i << 2));
      if (kept == k && !isLarger(value, load<f32>(values + ((k - 1) << 2)))) continue;
      let place: usize = (kept < k ? kept++ : k - 1) << 2;
      for (; place > 0; place -= 4) {
        const before = load<f32>(values + place - 4);
        if (!isLarger(value, before)) break;
        store<f32>(values + place, before);
        store<u32>(indices + place, load<u32>(indices + place - 4));
      }
      store<f32>(values + place, value);
      store<u32>(indices + place, i);
    }
  }
}
