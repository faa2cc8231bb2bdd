import { Control } from "../control.ts";
import type { BagsPart, GatherPart, JobMessage, ScratchPlace, SegmentPlace, TablePlace, WorkerSetup } from "../protocol.ts";
import { gatherApart, scratchMargin, scratchPerRow } from "./gather-apart.ts";
import { Memories } from "./memories.ts";
import { nearestInSlice } from "./nearest.ts";
import { gatherSegment, reduceSegment } from "./rows.ts";

/** After so many bytes of rows a task looks whether its call was called off: a small part of a millisecond. */
const pieceBytes = 1 << 20;

/** Told of each slice that was taken, before any of its rows is written. */
type OnSlice = (slice: number) => void;

/** Works on one call until no slice of it is free. */
export type RunJob = (job: JobMessage, onSlice?: OnSlice) => void;

/** Gets ready for a call. What it returns does one slice of it, and says false where none is free or the call was called off. */
export type OpenJob = (job: JobMessage) => (onSlice?: OnSlice) => boolean;

/**
 * Makes what a thread does with calls, slice by slice.
 *
 * @param setup - What a worker gets at its start.
 * @returns The function; it keeps the memories that it has seen.
 */
export function createOpenJob(setup: WorkerSetup): OpenJob {
  const memories = new Memories(setup);
  return (job) => {
    memories.meet(job.memories);
    const control = new Control(job.control);
    return (onSlice) => {
      const slice = control.take(job.task);
      if (slice < 0) return false;
      onSlice?.(slice);
      if (!runSlice(memories, job, slice, control)) return false;
      control.finish(slice);
      return true;
    };
  };
}

/**
 * Makes what a worker does with a call.
 *
 * @param setup - What the pool gave to the worker at its start.
 * @returns The function.
 */
export function createRunJob(setup: WorkerSetup): RunJob {
  const open = createOpenJob(setup);
  return (job, onSlice) => {
    const work = open(job);
    while (work(onSlice));
  };
}

/** False where the call was called off on the way. */
function runSlice(memories: Memories, { parts, slices, scratch }: JobMessage, slice: number, control: Control): boolean {
  const [index, from, to] = slices.subarray(slice * 3, slice * 3 + 3) as unknown as [number, number, number];
  const part = parts[index];
  if (!part || control.isCancelled()) return false;
  if (part.op === "nearest") {
    nearestInSlice(memories, part, scratch, slice, from, to);
    return true;
  }
  const step = Math.max(1, Math.floor(pieceBytes / (part.table.dim * 4)));
  if (part.op === "gather") {
    const [near, rows] = [nearSegment(part.table, part.home), step];
    const most = near ? rows : Math.min(rows, rowsInScratch(scratch, part));
    for (let row = from; row < to; row += most) {
      if (control.isCancelled()) return false;
      gatherPiece(memories, part, near, scratch, row, Math.min(most, to - row));
    }
    return true;
  }
  const near = nearSegment(part.table, part.home);
  for (let bag = from; bag < to;) {
    if (control.isCancelled()) return false;
    const offsets = memories.get(part.home).ints(part.offsets, to + 1);
    const limit = (offsets[bag] as number) + (near ? step : rowsInScratch(scratch, part));
    let next = bag + 1;
    while (next < to && (offsets[next + 1] as number) <= limit) next++;
    if (near) reduceNear(memories, part, near, bag, next);
    else reduceApart(memories, part, scratch, bag, next);
    bag = next;
  }
  return true;
}

/** The only segment of a table, where it lies in the memory of ids and results: then nothing has to be brought over. */
function nearSegment({ segments }: TablePlace, home: number): SegmentPlace | undefined {
  return segments.length === 1 && segments[0]?.memory === home ? segments[0] : undefined;
}

function gatherPiece(
  memories: Memories,
  { table, home, ids, out }: GatherPart,
  near: SegmentPlace | undefined,
  scratch: readonly ScratchPlace[],
  row: number,
  count: number,
): void {
  const [from, to] = [ids + row * 4, out + row * table.dim * 4];
  if (near) gatherSegment(memories.get(home), table, near, from, to, count);
  else gatherApart(memories, table, scratch, home, from, to, count);
}

function reduceNear(memories: Memories, part: BagsPart, near: SegmentPlace, from: number, to: number): void {
  reduceSegment(memories.get(part.home), part.table, near, {
    ...part,
    offsets: part.offsets + from * 4,
    out: part.out + from * part.table.dim * 4,
    count: to - from,
  });
}

/** Bags of rows that lie in several memories: their rows are gathered as floats first, one for each id. */
function reduceApart(memories: Memories, part: BagsPart, scratch: readonly ScratchPlace[], from: number, to: number): void {
  const { table, home } = part;
  const { dim } = table;
  const memory = memories.get(home);
  const offsets = memory.ints(part.offsets + from * 4, to - from + 1);
  const [first, last] = [offsets[0] as number, offsets[to - from] as number];
  const count = last - first;
  const place = scratch.find((one) => one.memory === home) as ScratchPlace;
  // The second half of the home scratch is for the rows of bags; the first is `gatherApart`'s.
  let at = place.address + Math.floor(place.bytes / 128) * 64;
  const rows = at;
  at += Math.ceil((count * dim * 4) / 64) * 64;
  const order = at;
  at += Math.ceil((count * 4) / 64) * 64;
  const ends = at;
  gatherApart(memories, table, scratch, home, part.ids + first * 4, rows, count);
  const numbers = memory.ints(order, count);
  for (let i = 0; i < count; i++) numbers[i] = i;
  memory.ints(ends, to - from + 1).set(offsets.map((offset) => offset - first));
  reduceSegment(
    memory,
    { ...table, code: -1 },
    { memory: home, data: rows, scale: 0, zeros: 0, firstRow: 0, rows: count },
    {
      ids: order,
      offsets: ends,
      weights: part.weights + first * 4,
      weighted: part.weighted,
      out: part.out + from * dim * 4,
      count: to - from,
      mode: part.mode,
    },
  );
}

/** How many rows the scratch of a task has room for. */
function rowsInScratch(scratch: readonly ScratchPlace[], { op, table }: GatherPart | BagsPart): number {
  const least = Math.min(...scratch.map(({ bytes }) => bytes));
  const room = (op === "bags" ? least / 2 : least) - scratchMargin - 64;
  return Math.max(1, Math.floor(room / (scratchPerRow(table.dim) + (op === "bags" ? 8 : 0))));
}
