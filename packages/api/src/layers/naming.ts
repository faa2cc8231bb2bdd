import { camelToSnake } from "../config-names.ts";

const used = new Map<string, number>();

/**
 * A name that no other layer or model has: `embedding`, `embedding_1`, ...; as Keras names what gets no name.
 *
 * @param className - The class, e.g. `"GlobalAveragePooling1D"`.
 * @returns The next free name.
 */
export function automaticName(className: string): string {
  const base = camelToSnake(className);
  const count = used.get(base) ?? 0;
  used.set(base, count + 1);
  return count === 0 ? base : `${base}_${count}`;
}

/** Forgets the names that were given, so that numbering starts again; Keras' `clear_session`. */
export function clearSession(): void {
  used.clear();
}
