import { InternalError } from "@rowan/api";
import type { BackendMemory } from "@rowan/api";
import { SegmentedBlock } from "./segmented-block.ts";
import type { Segment, SegmentMemory } from "./segmented-block.ts";

/** Gives out blocks that are made of segments, each in a memory of its own. */
export class Segments<F, I, U> {
  readonly #make: (bytes: number) => SegmentMemory<F, I, U>;
  readonly #segmentBytes: number;
  readonly #live = new Set<SegmentedBlock<F, I, U>>();
  /**
   * Memories that nobody uses. They are held weakly: the next block finds them again, or the garbage collector gives them back to the
   * machine, whichever comes first.
   */
  #spare: WeakRef<SegmentMemory<F, I, U>>[] = [];
  readonly #byMemory = new WeakMap<object, SegmentMemory<F, I, U>>();
  #bytes = 0;

  /**
   * @param make - Makes a memory for so many bytes, and some more to work in.
   * @param segmentBytes - The most that a segment has, unless one row has more.
   */
  constructor(make: (bytes: number) => SegmentMemory<F, I, U>, segmentBytes: number) {
    this.#make = make;
    this.#segmentBytes = segmentBytes;
  }

  /**
   * Zeroed memory.
   *
   * @param bytes - Its length.
   * @param rowBytes - Rows of so many bytes are not cut.
   * @returns The block.
   * @throws OutOfMemoryError, with nothing taken.
   */
  allocate(bytes: number, rowBytes: number): SegmentedBlock<F, I, U> {
    const length = Math.max(1, Math.floor(this.#segmentBytes / rowBytes)) * rowBytes;
    const segments: Segment<F, I, U>[] = [];
    try {
      for (let start = 0; start < bytes; start += length)
        segments.push(this.#segment(this.#take(Math.min(length, bytes - start)), start, Math.min(length, bytes - start)));
    } catch (error) {
      for (const segment of segments) this.#give(segment);
      throw error;
    }
    return this.#keep(new SegmentedBlock(segments, length, bytes));
  }

  /**
   * Memory in the same place as a segment.
   *
   * @param memory - The memory of that segment, as `share` told it.
   * @param bytes - How much.
   * @returns The block, or undefined where no segment lies in that memory.
   */
  beside(memory: object, bytes: number): SegmentedBlock<F, I, U> | undefined {
    const home = this.#byMemory.get(memory);
    return home && this.#keep(new SegmentedBlock([this.#segment(home, 0, bytes)], Math.max(1, bytes), bytes));
  }

  /**
   * Takes a block back.
   *
   * @param block - What `allocate` or `beside` gave.
   * @throws InternalError when it was freed before.
   */
  free(block: SegmentedBlock<F, I, U>): void {
    if (!this.#live.delete(block)) throw new InternalError("a block of segments was freed twice.");
    this.#bytes -= block.bytes;
    for (const segment of block.segments) this.#give(segment);
  }

  /** Live blocks, each counted once. */
  memory(): BackendMemory {
    return { buffers: this.#live.size, bytes: this.#bytes };
  }

  /** Forgets everything. */
  dispose(): void {
    this.#live.clear();
    this.#spare = [];
    this.#bytes = 0;
  }

  #keep(block: SegmentedBlock<F, I, U>): SegmentedBlock<F, I, U> {
    this.#live.add(block);
    this.#bytes += block.bytes;
    return block;
  }

  #segment(memory: SegmentMemory<F, I, U>, start: number, bytes: number): Segment<F, I, U> {
    const { kernels, storage } = memory.context;
    const block = storage.allocate(bytes);
    kernels.fillBytes(block.u8, 0, block.stale);
    memory.users++;
    const shared = storage.share(block);
    if (shared) this.#byMemory.set(shared.memory, memory);
    return { memory, block, start, bytes };
  }

  #give({ memory, block }: Segment<F, I, U>): void {
    memory.context.storage.free(block);
    if (--memory.users === 0) this.#spare.push(new WeakRef(memory));
  }

  /** A spare memory that is large enough, and not so large that much of it would lie idle; else a new one. */
  #take(bytes: number): SegmentMemory<F, I, U> {
    let found: SegmentMemory<F, I, U> | undefined;
    this.#spare = this.#spare.filter((reference) => {
      const memory = reference.deref();
      if (!memory) return false;
      if (found || memory.capacity < bytes || memory.capacity > 2 * bytes) return true;
      found = memory;
      return false;
    });
    return found ?? this.#make(bytes);
  }
}
