/** Ids that take no part in their bags: padding, and ids that are invalid where the caller lets them be. */
import { IndexOutOfRangeError, describeValue } from "../errors.ts";

/**
 * Checks the id that stands for padding.
 *
 * @param name - The option's name, for the message.
 * @param paddingIdx - An id or undefined.
 * @param rows - The number of rows of the table.
 * @returns The same id.
 * @throws IndexOutOfRangeError when it is no row of the table.
 */
export function checkPaddingIdx(name: string, paddingIdx: number | undefined, rows: number): number | undefined {
  if (paddingIdx === undefined || (Number.isInteger(paddingIdx) && paddingIdx >= 0 && paddingIdx < rows)) return paddingIdx;
  throw new IndexOutOfRangeError(
    `\`${name}\` must be an integer from 0 to ${rows - 1}. Received: ${name}=${describeValue(paddingIdx)}. Leave it out if no id is padding.`,
  );
}

/**
 * The positions that take part.
 *
 * @param ids - Valid ids, flat.
 * @param paddingIdx - This id takes no part.
 * @param zeroed - Neither do these positions.
 * @returns Ascending positions, or undefined where all take part.
 */
export function keptPositions(ids: Int32Array, paddingIdx: number | undefined, zeroed: readonly number[] = []): Int32Array | undefined {
  if (zeroed.length === 0 && (paddingIdx === undefined || !ids.includes(paddingIdx))) return undefined;
  const dropped = new Set(zeroed);
  const kept = new Int32Array(ids.length);
  let count = 0;
  for (let position = 0; position < ids.length; position++) {
    if (ids[position] !== paddingIdx && !dropped.has(position)) kept[count++] = position;
  }
  return kept.slice(0, count);
}

/**
 * Where bags begin when only some positions are left in them.
 *
 * @param offsets - `[bags + 1]`, from 0, over all positions.
 * @param kept - The positions that take part, ascending.
 * @returns `[bags + 1]`, over the kept positions.
 */
export function keptOffsets(offsets: Int32Array, kept: Int32Array): Int32Array {
  let at = 0;
  return offsets.map((offset) => {
    while (at < kept.length && (kept[at] as number) < offset) at++;
    return at;
  });
}
