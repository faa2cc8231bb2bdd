/** Files may grow by this much whatever they are, and by `usualExpansion` times their size. Vectors shrink to a third or a half. */
const freeBytes = 64 * 2 ** 20;
const usualExpansion = 100;

/** How many times its size a packed file may grow where the caller says nothing. */
export const defaultExpansion: number = usualExpansion;

/**
 * Whether what was packed grows more than vectors do.
 *
 * @param unpacked - Bytes that come out.
 * @param packed - Bytes that they are made of.
 * @param maxExpansion - How many times its size a file may grow beyond 64 MiB; more is taken for an attack.
 */
export function growsTooMuch(unpacked: number, packed: number, maxExpansion: number): boolean {
  return unpacked > freeBytes + maxExpansion * packed;
}
