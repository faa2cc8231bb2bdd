/** A UTF-16 unit, moved so that units compare as the code points that they stand for: surrogates come last. */
function rankOfUnit(unit: number): number {
  if (unit >= 0xe000) return unit - 0x800;
  return unit >= 0xd800 ? unit + 0x2000 : unit;
}

/**
 * Compares texts by code point, which is also the order of their UTF-8 bytes. JavaScript's own `<` compares UTF-16 units and
 * puts an emoji before `"\ue000"`.
 *
 * @param a - One text.
 * @param b - The other.
 * @returns Negative when a comes first, positive when b does, 0 when they are equal.
 */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = rankOfUnit(a.charCodeAt(i)) - rankOfUnit(b.charCodeAt(i));
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/**
 * Tokens in the order of Keras' vocabularies: the most frequent first, among equals the later in code point order first.
 *
 * @param counts - How often each token occurred.
 * @returns The tokens.
 */
export function rankTokens(counts: ReadonlyMap<string, number>): string[] {
  return [...counts].sort(([a, countA], [b, countB]) => countB - countA || compareCodePoints(b, a)).map(([token]) => token);
}
