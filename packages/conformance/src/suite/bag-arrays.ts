import { planRows } from "@rowan/api";
import type { TensorRef } from "@rowan/api";
import type { Session } from "./session.ts";

/** Bags of ids, on the host and on the backend. */
export interface BagArrays {
  readonly hostIds: Int32Array;
  readonly hostOffsets: Int32Array;
  readonly ids: TensorRef;
  readonly offsets: TensorRef;
}

/**
 * Bags of given ids.
 *
 * @param session - Owns the tensors.
 * @param lengths - How many ids each bag has.
 * @param given - All ids, one after another.
 * @returns Ids and offsets.
 */
export function bagArrays(session: Session, lengths: readonly number[], given: ArrayLike<number>): BagArrays {
  let end = 0;
  const hostOffsets = Int32Array.of(0, ...lengths.map((length) => (end += length)));
  const hostIds = Int32Array.from(given);
  return { hostIds, hostOffsets, ids: session.ids(hostIds), offsets: session.ids(hostOffsets) };
}

/**
 * The plan of bags as `sumWinners` takes it.
 *
 * @param session - Owns the tensors.
 * @param bags - The bags.
 * @param rows - The rows of the table that the ids mean.
 * @returns Positions grouped by id, the bag of each of them, where the groups begin, and how many there are.
 */
export function planOfBags(
  session: Session,
  { hostIds, hostOffsets }: BagArrays,
  rows: number,
): { positions: TensorRef; bags: TensorRef; offsets: TensorRef; groups: number } {
  const { unique, offsets, positions } = planRows(session.backend, hostIds, rows);
  const bags = positions.map((position) => hostOffsets.findLastIndex((start) => start <= position));
  return { positions: session.ids(positions), bags: session.ids(bags), offsets: session.ids(offsets), groups: unique.length };
}
