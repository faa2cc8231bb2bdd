import { UnknownNameError, describeValue } from "./errors.ts";

/** Names by which things can be asked for, and the things. Several names may lead to one thing; the first is the one that is shown. */
export type NameTable<T> = ReadonlyMap<string, T> | Readonly<Record<string, T>>;

/**
 * What two spellings of one name have in common: `glorotUniform`, `GlorotUniform`, `glorot_uniform` and `glorot-uniform` agree.
 *
 * @param name - A name in any case style.
 * @returns The name in lower case without `_`, `-` and blanks.
 */
export function normalizeName(name: string): string {
  return name.replace(/[_\-\s]/g, "").toLowerCase();
}

/**
 * How many letters must be changed, added, left out or swapped with their neighbour to get from one text to the other
 * (the optimal string alignment distance).
 *
 * @param a - One text.
 * @param b - The other.
 * @returns 0 for equal texts, at most the longer length.
 */
export function editDistance(a: string, b: string): number {
  let older: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min((previous[j] as number) + 1, (current[j - 1] as number) + 1, (previous[j - 1] as number) + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, (older[j - 2] as number) + 1);
      current.push(best);
    }
    older = previous;
    previous = current;
  }
  return previous[b.length] as number;
}

/**
 * The name of a list that was most likely meant.
 *
 * @param name - What was received.
 * @param candidates - The names that exist.
 * @returns The nearest one, or undefined when none is near enough to be a slip (more than a third of the letters differ).
 */
export function nearestName(name: string, candidates: Iterable<string>): string | undefined {
  const wanted = normalizeName(name);
  let nearest: string | undefined;
  let smallest = Infinity;
  for (const candidate of candidates) {
    const known = normalizeName(candidate);
    const distance = editDistance(wanted, known);
    const isSlip = distance <= Math.max(wanted.length, known.length) / 3;
    if (isSlip && distance < smallest) {
      nearest = candidate;
      smallest = distance;
    }
  }
  return nearest;
}

/**
 * Finds what a name stands for, whatever its case style.
 *
 * @param kind - What is looked for, as the caller's argument is called: `initializer`, `loss`, `outputMode`, ...
 * @param name - The name that was received.
 * @param table - The names that exist.
 * @returns The entry of that name.
 * @throws UnknownNameError when there is none; the message lists the names that exist and the nearest one.
 */
export function lookupName<T>(kind: string, name: unknown, table: NameTable<T>): T {
  const entries: readonly (readonly [string, T])[] = table instanceof Map ? [...(table as ReadonlyMap<string, T>)] : Object.entries(table);
  const given = typeof name === "string" ? name : "";
  const found = entries.find(([known]) => normalizeName(known) === normalizeName(given));
  if (found) return found[1];

  const shown = new Map<T, string>();
  for (const [known, value] of entries) if (!shown.has(value)) shown.set(value, known);
  const nearest = nearestName(
    given,
    entries.map(([known]) => known),
  );
  const remedy = nearest === undefined ? "Use one of these names." : `Did you mean ${JSON.stringify(nearest)}?`;
  throw new UnknownNameError(
    `\`${kind}\` must be one of ${[...shown.values()].join(", ")}. Received: ${kind}=${describeValue(name)}. ${remedy}`,
  );
}
