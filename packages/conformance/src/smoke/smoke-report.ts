/** What one part of the suite found; plain data that JSON can carry. */
export interface SmokeCheck {
  readonly name: string;
  /** Must be equal everywhere, letter for letter: texts, and hashes of the bits of values that are promised bit for bit. */
  readonly same?: string;
  /** Must agree within the tolerance that runs are compared with; `"NaN"`, `"Infinity"` and `"-Infinity"` are strings. */
  readonly close?: readonly (number | string)[];
  /** Why the part failed. */
  readonly error?: string;
}

/** What the whole suite found in one runtime with one backend. */
export interface SmokeReport {
  /** What the backend says it runs on; differs between runtimes. */
  readonly device: string;
  readonly checks: readonly SmokeCheck[];
}

/**
 * A fingerprint of the bits of values (FNV-1a over their bytes, low byte first).
 *
 * @param values - Any typed array.
 * @returns 8 hexadecimal digits.
 */
export function hashBits(values: ArrayBufferView): string {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, "0");
}

/**
 * Numbers as a report carries them: JSON has no NaN and no infinities.
 *
 * @param values - Any numbers.
 * @returns Numbers, and strings for what is not finite.
 */
export function portable(values: Iterable<number>): (number | string)[] {
  return Array.from(values, (value) => (Number.isFinite(value) ? value : String(value)));
}
