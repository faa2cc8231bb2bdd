import type { Context } from "../context.ts";
import { cpuMembers } from "../cpu-backend.ts";
import type { Members } from "../cpu-backend.ts";
import { Desk } from "./desk.ts";
import { segmentedDense } from "./members/dense.ts";
import { segmentedNearest } from "./members/nearest.ts";
import { segmentedRows } from "./members/rows.ts";
import { segmentedStorage } from "./members/storage.ts";
import type { SpaceLimits } from "./members/storage.ts";
import { segmentedUpdate } from "./members/update.ts";
import { RowTraffic } from "./row-traffic.ts";
import { Segments } from "./segments.ts";

/** Pieces of segmented tensors that are worked on at a time, in bytes. */
const pieceBytes = 1 << 18;

/** How memory is divided. */
export interface SegmentOptions<F, I, U> extends SpaceLimits {
  /** The most that a segment has, unless one row has more. */
  readonly segmentBytes: number;
  /** Makes a memory for a segment of so many bytes, with room to work beside it. */
  readonly makeMemory: (bytes: number) => Context<F, I, U>;
}

/**
 * The contract over one memory, and over further ones for what it does not hold. Operations on tensors in the first memory alone are
 * those of the first memory.
 *
 * @param context - The first memory.
 * @param options - Limits, and where more memory comes from.
 * @returns All members that compute.
 */
export function withSegments<F, I, U>(
  context: Context<F, I, U>,
  options: SegmentOptions<F, I, U>,
): Members & { allocateRows: ReturnType<typeof segmentedStorage>["allocateRows"] } {
  const home = cpuMembers(context);
  const desk = new Desk(context, home, Math.min(pieceBytes, options.segmentBytes));
  const traffic = new RowTraffic(desk);
  const segments = new Segments<F, I, U>((bytes) => {
    const memory = options.makeMemory(bytes);
    return { context: memory, members: cpuMembers(memory), capacity: bytes, users: 0 };
  }, options.segmentBytes);
  const storage = segmentedStorage(desk, segments, options);
  return {
    ...home,
    ...storage,
    ...segmentedRows(desk, traffic),
    ...segmentedUpdate(desk, traffic),
    ...segmentedDense(desk, storage.allocateRows, storage.free),
    ...segmentedNearest(desk),
  };
}
