/**
 * One run of bytes out of several.
 *
 * @param pieces - In their order; empty ones are nothing.
 * @returns A copy, or the piece itself where there is only one.
 */
export function joinPieces(pieces: readonly Uint8Array[]): Uint8Array {
  const filled = pieces.filter(({ length }) => length > 0);
  const [only] = filled;
  if (only === undefined) return new Uint8Array();
  if (filled.length === 1) return only;
  const all = new Uint8Array(filled.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of filled) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
