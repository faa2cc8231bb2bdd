/** The work of one part of a call, as the plan sees it. */
export interface PartWork {
  /** How many rows, or bags, there are. */
  readonly count: number;
  /** Bytes that are moved for a row: for an id of a bag the row that is read, else the row that is read and written. */
  readonly rowBytes: number;
  /** Where bags begin, `[count + 1]`: a bag costs its ids and its own row, and is never split. */
  readonly offsets?: Int32Array;
  /** Places between rows where a slice must end, ascending: rows of different memories are searched apart. */
  readonly cuts?: readonly number[];
}

/** Slices that are smaller than this cost more to hand out than they balance. */
const leastSliceBytes = 1 << 19;
/** Larger ones would keep the calling thread from its events for more than some milliseconds. */
const mostSliceBytes = 1 << 23;
/**
 * So many slices for each thread are enough for one that falls behind to be helped: the last one is a small part of the whole. Each costs a
 * few microseconds, since the rows of the one before have taken its code out of the caches.
 */
const slicesPerThread = 32;

/**
 * Divides a call into slices: contiguous ranges of rows or bags, of about equal bytes. A pure function of its arguments; who works on
 * which slice is decided while the call runs, and does not change the result.
 *
 * @param parts - The work of each part.
 * @param threads - How many threads there are.
 * @param most - So many slices a thread and no more, where each of them has a result of its own; else large calls get more of them.
 * @returns Three numbers a slice: which part, its first row, and one past its last. Ordered, without gaps or empty slices.
 */
export function planShards(parts: readonly PartWork[], threads: number, most?: number): Int32Array {
  const total = parts.reduce((sum, part) => sum + costUpTo(part, part.count), 0);
  const enough = threads * (most ?? slicesPerThread);
  const wanted = Math.min(
    Math.max(threads, Math.floor(total / leastSliceBytes)),
    most === undefined ? Math.max(enough, Math.ceil(total / mostSliceBytes)) : enough,
  );
  const sliceBytes = Math.max(1, total / wanted);
  const slices: number[] = [];
  parts.forEach((part, index) => {
    const ends = [...(part.cuts ?? []), part.count];
    let from = 0;
    for (const end of ends) {
      const start = from;
      const bytes = costUpTo(part, end) - costUpTo(part, start);
      const count = Math.max(1, Math.round(bytes / sliceBytes));
      for (let slice = 1; slice <= count && from < end; slice++) {
        const to = slice === count ? end : rowAt(part, from, end, costUpTo(part, start) + (bytes * slice) / count);
        if (to > from) slices.push(index, from, to);
        from = Math.max(from, to);
      }
    }
  });
  return Int32Array.from(slices);
}

/** The bytes of all rows or bags before one. */
function costUpTo({ rowBytes, offsets }: PartWork, row: number): number {
  return rowBytes * (offsets ? (offsets[row] as number) + row : row);
}

/** The row at whose beginning a cost is reached, or the one after it that is nearer. */
function rowAt(part: PartWork, from: number, end: number, cost: number): number {
  const low = part.offsets ? firstBagAt(part, from, end, cost) : Math.min(end, Math.max(from, Math.ceil(cost / part.rowBytes)));
  return low > from + 1 && cost - costUpTo(part, low - 1) < costUpTo(part, low) - cost ? low - 1 : low;
}

/** The first bag at whose beginning a cost is reached. */
function firstBagAt(part: PartWork, from: number, end: number, cost: number): number {
  let low = from;
  let high = end;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (costUpTo(part, middle) < cost) low = middle + 1;
    else high = middle;
  }
  return low;
}
