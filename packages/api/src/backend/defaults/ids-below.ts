import type { Backend } from "../backend.ts";

/** With fewer ids a call of the backend takes longer than the loop. */
const leastForBackend = 1024;

/**
 * Whether ids are all from 0 to `rows - 1`.
 *
 * @param backend - Where the rows are; its own `idsBelow` is taken for many ids where it has one.
 * @param ids - On the host.
 * @param rows - The number of rows.
 * @returns True where they are, and where there are none.
 */
export function idsBelow(backend: Pick<Backend, "idsBelow"> | undefined, ids: Int32Array, rows: number): boolean {
  if (backend?.idsBelow && ids.length >= leastForBackend) return backend.idsBelow(ids, rows);
  // A number below 0 and the distance of one beyond the last row have the sign bit: no branch and no comparison in the loop, and four
  // ids a turn, which is twice as fast as one.
  const last = rows - 1;
  const fours = ids.length & ~3;
  let signs = 0;
  for (let i = 0; i < fours; i += 4) {
    const a = ids[i] as number;
    const b = ids[i + 1] as number;
    const c = ids[i + 2] as number;
    const d = ids[i + 3] as number;
    signs |= a | (last - a) | b | (last - b) | c | (last - c) | d | (last - d);
  }
  for (let i = fours; i < ids.length; i++) signs |= (ids[i] as number) | (last - (ids[i] as number));
  return signs >= 0;
}
