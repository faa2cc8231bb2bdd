/** Ids in the order of the segments that their rows lie in. One is used again and again, so that its lists are made once. */
export class SegmentOrder {
  /** Row numbers within their segments, the first segment's first. */
  local: Int32Array = new Int32Array(0);
  /** For each of these its position among the ids. */
  positions: Int32Array = new Int32Array(0);

  /** For each id its segment: a division takes longer than to look it up. */
  #segments = new Int32Array(0);

  /**
   * Counts ids by segment.
   *
   * @param ids - Valid ids.
   * @param rowsPerSegment - How many rows each segment has.
   * @param segments - How many segments there are.
   * @returns How many ids each has.
   */
  count(ids: Int32Array, rowsPerSegment: number, segments: number): Int32Array {
    if (this.#segments.length < ids.length) this.#segments = new Int32Array(ids.length);
    const counts = new Int32Array(segments);
    for (let i = 0; i < ids.length; i++) {
      const segment = Math.floor((ids[i] as number) / rowsPerSegment);
      this.#segments[i] = segment;
      counts[segment] = (counts[segment] as number) + 1;
    }
    return counts;
  }

  /**
   * Sorts ids by segment, in their order within each.
   *
   * @param ids - Valid ids.
   * @param rowsPerSegment - How many rows each segment has.
   * @param segments - How many segments there are.
   * @returns Where each segment's ids end.
   */
  sort(ids: Int32Array, rowsPerSegment: number, segments: number): Int32Array {
    if (this.local.length < ids.length) [this.local, this.positions] = [new Int32Array(ids.length), new Int32Array(ids.length)];
    const next = this.count(ids, rowsPerSegment, segments);
    for (let segment = 0, start = 0; segment < segments; segment++) {
      const count = next[segment] as number;
      next[segment] = start;
      start += count;
    }
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i] as number;
      const segment = this.#segments[i] as number;
      const place = next[segment] as number;
      next[segment] = place + 1;
      this.local[place] = id - segment * rowsPerSegment;
      this.positions[place] = i;
    }
    return next;
  }
}
