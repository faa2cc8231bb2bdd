import type { ScratchPlace, TablePlace } from "../protocol.ts";
import type { KernelMemory, Memories } from "./memories.ts";
import { gatherSegment } from "./rows.ts";

/** A stretch of a task's scratch, given out from its start. */
class Room {
  readonly #place: ScratchPlace;
  #used = 0;

  constructor(place: ScratchPlace) {
    this.#place = place;
  }

  take(bytes: number): number {
    const address = this.#place.address + this.#used;
    this.#used += Math.ceil(bytes / 64) * 64;
    return address;
  }
}

/** Bytes of scratch that `gatherApart` takes for a row in each memory: its values, its number and its position. */
export function scratchPerRow(dim: number): number {
  return dim * 4 + 8;
}

/** Bytes beyond these, for the beginnings of what lies in a scratch. */
export const scratchMargin = 256;

/**
 * Rows of a table whose segments lie in several memories. A kernel sees one memory: the rows of each segment are gathered beside it,
 * brought over in one piece, and scattered to their positions.
 *
 * @param memories - All of them.
 * @param table - The table.
 * @param scratch - Of this task, in each of its memories.
 * @param home - The number of the memory of `ids` and `out`.
 * @param ids - Address of int32 row numbers.
 * @param out - Address of float32 `[count, dim]`.
 * @param count - How many; the scratch has room for so many.
 */
export function gatherApart(
  memories: Memories,
  table: TablePlace,
  scratch: readonly ScratchPlace[],
  home: number,
  ids: number,
  out: number,
  count: number,
): void {
  const { dim, segments } = table;
  const target = memories.get(home);
  const wanted = target.ints(ids, count);
  const homeRoom = roomIn(scratch, home);
  const positions = homeRoom.take(count * 4);
  const rows = homeRoom.take(count * dim * 4);
  const localIds = homeRoom.take(count * 4);
  for (const segment of segments) {
    const places = target.ints(positions, count);
    const isHome = segment.memory === home;
    const memory: KernelMemory = isHome ? target : memories.get(segment.memory);
    const room = isHome ? undefined : roomIn(scratch, segment.memory);
    const local = room ? room.take(count * 4) : localIds;
    const numbers = memory.ints(local, count);
    let found = 0;
    for (let i = 0; i < count; i++) {
      const row = (wanted[i] as number) - segment.firstRow;
      if (row < 0 || row >= segment.rows) continue;
      numbers[found] = row;
      places[found++] = i;
    }
    if (found === 0) continue;
    if (room) {
      const beside = room.take(count * dim * 4);
      gatherSegment(memory, table, segment, local, beside, found);
      target.floats(rows, found * dim).set(memory.floats(beside, found * dim));
    } else gatherSegment(memory, table, segment, local, rows, found);
    target.kernels.scatterRows(out, positions, rows, found, dim * 4);
  }
}

function roomIn(scratch: readonly ScratchPlace[], memory: number): Room {
  return new Room(scratch.find((place) => place.memory === memory) as ScratchPlace);
}
