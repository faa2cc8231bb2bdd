import { InternalError } from "@rowan/api";
import type { Backend, EmbeddingTable, SharedSegment, TensorRef, Tensor } from "@rowan/api";
import { gatherWay, rowCode } from "@rowan/backend-cpu";
import type { SegmentPlace, TablePlace } from "./protocol.ts";

/** Gives each memory a number that stands for it in messages. */
export class MemoryNumbers {
  readonly #numbers = new Map<object, number>();

  /** The number of a memory, always the same one. */
  of(memory: object): number {
    const known = this.#numbers.get(memory);
    if (known !== undefined) return known;
    this.#numbers.set(memory, this.#numbers.size);
    return this.#numbers.size - 1;
  }

  /** Those that workers know from their start: their messages need not name them. */
  known = 0;

  /** The memories so far from a number on. */
  list(from = 0): (readonly [number: number, memory: object])[] {
    return [...this.#numbers].slice(from).map(([memory, number]) => [number, memory] as const);
  }
}

/** A table as workers see it, while a call uses it. */
export interface SharedTable {
  readonly backend: Backend;
  readonly place: TablePlace;
  readonly segments: readonly SharedSegment[];
  /** Lets the table's memory go: it may be disposed now. */
  release(): void;
}

/**
 * Finds a table's rows for workers. Rows that an optimizer has left behind are brought up to date first.
 *
 * @param table - The table; it stays readable until `release`, whatever happens to it.
 * @param numbers - The pool's numbers of memories.
 * @returns Where the rows are, or undefined where other threads cannot read them.
 */
export function shareTable(table: EmbeddingTable, numbers: MemoryNumbers): SharedTable | undefined {
  const { backend } = table;
  if (!backend.share || !backend.allocateBeside) return undefined;
  const quantized = table.variable.quantized;
  if (!quantized) {
    const rows = table.tensor;
    const segments = backend.share(rows);
    if (!segments) return undefined;
    const held = hold(rows);
    const places = segments.map(({ memory, byteOffset, firstRow, rows: count }) => ({
      memory: numbers.of(memory),
      data: byteOffset,
      scale: 0,
      zeros: 0,
      firstRow,
      rows: count,
    }));
    return {
      backend,
      segments,
      place: { dim: table.outputDim, code: -1, block: table.outputDim, way: gatherWay(backend), segments: places },
      release: () => held.dispose(),
    };
  }
  const { data, scale, zero } = quantized;
  const [rows, scales, zeros] = [backend.share(data), scale && backend.share(scale), zero && backend.share(zero)];
  if (!rows) return undefined;
  const places: SegmentPlace[] = [];
  for (const segment of rows) {
    const [itsScale, itsZeros] = [scales && matching(scales, segment), zeros && matching(zeros, segment)];
    // A kernel sees one memory: what belongs to a row must lie where the row lies.
    if ((scale && !itsScale) || (zero && !itsZeros)) return undefined;
    places.push({
      memory: numbers.of(segment.memory),
      data: segment.byteOffset,
      scale: itsScale?.byteOffset ?? 0,
      zeros: itsZeros?.byteOffset ?? 0,
      firstRow: segment.firstRow,
      rows: segment.rows,
    });
  }
  const held = [data, scale, zero].flatMap((tensor) => (tensor ? [hold(tensor)] : []));
  return {
    backend,
    segments: rows,
    place: { dim: quantized.dim, code: rowCode(quantized), block: Math.min(quantized.block, quantized.dim), way: 0, segments: places },
    release() {
      for (const tensor of held) tensor.dispose();
    },
  };
}

/** Where a tensor lies that is in one piece. */
export interface Place {
  readonly segment: SharedSegment;
  readonly memory: number;
  readonly address: number;
}

/**
 * The place of ids or results: tensors of ordinary size, which lie in one memory.
 *
 * @param backend - Whose tensor it is.
 * @param tensor - The tensor.
 * @param numbers - The pool's numbers of memories.
 * @returns Its place.
 */
export function placeOf(backend: Backend, tensor: TensorRef, numbers: MemoryNumbers): Place {
  const place = findPlace(backend, tensor, numbers);
  if (!place) throw new InternalError(`a tensor of shape [${tensor.shape.join(", ")}] does not lie in one shared memory.`);
  return place;
}

/**
 * The place of a tensor, if it is in one piece.
 *
 * @param backend - Whose tensor it is.
 * @param tensor - The tensor.
 * @param numbers - The pool's numbers of memories.
 * @returns Its place, or undefined.
 */
export function findPlace(backend: Backend, tensor: TensorRef, numbers: MemoryNumbers): Place | undefined {
  const [segment, ...others] = backend.share?.(tensor) ?? [];
  if (!segment || others.length > 0) return undefined;
  return { segment, memory: numbers.of(segment.memory), address: segment.byteOffset };
}

function matching(segments: readonly SharedSegment[], wanted: SharedSegment): SharedSegment | undefined {
  return segments.find(({ memory, firstRow, rows }) => memory === wanted.memory && firstRow === wanted.firstRow && rows === wanted.rows);
}

/** Another tensor of the same memory: the memory lives until both are disposed. */
function hold(tensor: Tensor): Tensor {
  return tensor.view(tensor.shape);
}
