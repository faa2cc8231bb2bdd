import { createHash } from "node:crypto";

/**
 * A mark of what is trained on and how, by which a training that goes on knows that both are still the same.
 *
 * @param settings - Options that the result depends on.
 * @param parts - What is trained on.
 * @returns Hexadecimal digits.
 */
export function markData(settings: object, parts: Iterable<string | Uint8Array>): string {
  const hash = createHash("sha256").update(JSON.stringify(settings));
  for (const part of parts) hash.update(part).update("\0");
  return hash.digest("hex");
}
