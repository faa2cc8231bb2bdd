import { IndexOutOfRangeError } from "@rowan/api";
import { countOf } from "../format.ts";
import type { IdBatch } from "../ids/id-source.ts";

/** What is known where a lookup found ids that the table does not have. */
export interface InvalidSearch {
  /** The input, for the message. */
  readonly name: string;
  /** Valid are 0 to this, without this. */
  readonly rows: number;
  /** The batch that has the first of them. */
  readonly batch: IdBatch;
  /** How many ids came before it. */
  readonly before: number;
  /** The next batch, which was asked for already. */
  readonly following: Promise<IteratorResult<IdBatch, unknown>>;
  /** The batches behind that; undefined where the rest of the input is not read to count. */
  readonly rest: AsyncGenerator<IdBatch> | undefined;
  readonly signal: AbortSignal;
}

/**
 * Says which id is out of range, where it stands in the input, and how many there are in all.
 *
 * @param error - What the lookup threw; it knows places in a batch only.
 * @param search - Where to look.
 */
export async function locateInvalid(error: IndexOutOfRangeError, search: InvalidSearch): Promise<IndexOutOfRangeError> {
  const { name, rows, batch, before, rest, signal } = search;
  const isBad = (id: number): boolean => id < 0 || id >= rows;
  const first = batch.ids.findIndex(isBad);
  if (first < 0) return error;
  const { value, place } = batch.describe(first);
  const why = (batch.ids[first] as number) < 0 ? "negative" : "too large";
  let [bad, all] = [0, before];
  let isWhole = false;
  for (let later = batch, next = search.following; !signal.aborted;) {
    for (const id of later.ids) if (isBad(id)) bad++;
    all += later.ids.length;
    if (rest === undefined) break;
    // A line that cannot be read ends the counting; this error came first.
    const result = await next.catch(() => undefined);
    isWhole = result?.done === true;
    if (result === undefined || result.done === true) break;
    later = result.value;
    next = rest.next();
  }
  const share = `${bad} of ${isWhole ? "" : "the first "}${countOf(all, "id", "ids")} ${bad === 1 ? "is" : "are"} invalid`;
  return new IndexOutOfRangeError(
    `The ids in ${name} must be integers from 0 to ${rows - 1}. Received: ${value} ${place} (${why}); ${share}. Correct them, or pass --invalid-ids clip or --invalid-ids zero.`,
  );
}
