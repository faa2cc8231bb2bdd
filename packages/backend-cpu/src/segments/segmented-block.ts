import type { Context } from "../context.ts";
import type { Members } from "../cpu-backend.ts";
import type { Block } from "../storage.ts";

/** A memory beside the first one: what lies in it is worked on by kernels of its own. */
export interface SegmentMemory<F, I, U> {
  readonly context: Context<F, I, U>;
  /** The contract over this memory alone. */
  readonly members: Members;
  /** For how many bytes it was made. */
  readonly capacity: number;
  /** How many segments lie in it now. */
  users: number;
}

/** A stretch of a large block. */
export interface Segment<F, I, U> {
  readonly memory: SegmentMemory<F, I, U>;
  readonly block: Block<F, I, U>;
  /** Its first byte, counted from the start of the whole. */
  readonly start: number;
  readonly bytes: number;
}

/** A block that no single memory holds: segments of one length each, but for the last one. A handle of the backend, like `Block`. */
export class SegmentedBlock<F, I, U> {
  readonly segments: readonly Segment<F, I, U>[];
  /** The length of every segment but the last. */
  readonly segmentBytes: number;
  readonly bytes: number;

  constructor(segments: readonly Segment<F, I, U>[], segmentBytes: number, bytes: number) {
    this.segments = segments;
    this.segmentBytes = segmentBytes;
    this.bytes = bytes;
  }
}

/**
 * Walks the segments that hold a range of elements.
 *
 * @param whole - The block.
 * @param size - Bytes of an element.
 * @param offset - The first element.
 * @param length - How many.
 * @param visit - Gets a segment, the first element in it, where the range stands by then, and how many elements follow here.
 */
export function overSegments<F, I, U>(
  whole: SegmentedBlock<F, I, U>,
  size: number,
  offset: number,
  length: number,
  visit: (segment: Segment<F, I, U>, local: number, from: number, count: number) => void,
): void {
  const perSegment = whole.segmentBytes / size;
  for (let done = 0; done < length;) {
    const index = Math.floor((offset + done) / perSegment);
    const local = offset + done - index * perSegment;
    const segment = whole.segments[index] as Segment<F, I, U>;
    const count = Math.min(length - done, segment.bytes / size - local);
    visit(segment, local, done, count);
    done += count;
  }
}
