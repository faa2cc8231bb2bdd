import { Arena, NDArray, Tensor } from "@rowan/api";
import type { Backend, CheckedBags, DType } from "@rowan/api";
import type { Dispatcher } from "./dispatcher.ts";
import { planShards } from "./plan-shards.ts";
import type { PartWork } from "./plan-shards.ts";
import type { Part, ScratchPlace } from "./protocol.ts";
import { runCall } from "./run-call.ts";
import type { Supply } from "./run-call.ts";
import { findPlace, placeOf } from "./shared-table.ts";
import type { MemoryNumbers, Place, SharedTable } from "./shared-table.ts";
import type { Stop } from "./stop.ts";
import type { OpenJob } from "./worker/run-job.ts";
import { scratchMargin, scratchPerRow } from "./worker/gather-apart.ts";

/** A part of a call with what the plan and the scratch need to know of it. */
export interface PreparedPart {
  readonly shared: SharedTable;
  readonly part: Part;
  readonly work: PartWork;
  readonly home: Place;
  /** Bytes of scratch that a task needs in each memory of the part; 0 for none. */
  readonly scratchBytes: number;
  /** Brings ids of rows `from .. to` to where kernels find them, where they are not there from the start; throws for ids that are invalid. */
  readonly supply?: (from: number, to: number) => void;
}

/** How one call is bounded and watched. */
export interface RunLimits {
  readonly stop: Stop;
  readonly onStart: () => void;
}

const modes = { sum: 0, mean: 1, sqrtn: 2, max: 3 } as const;
/** Room for some thousand rows, which a cache holds. */
const scratchBytes = 1 << 19;

/** Who does the work of calls. */
export interface Crew {
  readonly dispatcher: Dispatcher;
  readonly workers: number;
  /** How the calling thread does slices, where it takes a share. */
  readonly openJob: OpenJob | undefined;
  /** How often a slice whose worker failed is tried again. */
  readonly retries: number;
}

/** Turns lookups into parts of calls, and runs them on workers and the calling thread. */
export class Runner {
  /** How many share the work of a call. */
  readonly threads: number;
  readonly numbers: MemoryNumbers;
  readonly #crew: Crew;

  constructor(crew: Crew, numbers: MemoryNumbers) {
    this.#crew = crew;
    this.threads = crew.workers + (crew.openJob ? 1 : 0);
    this.numbers = numbers;
  }

  /**
   * `out[i] = table[ids[i]]`
   *
   * @param shared - The table.
   * @param ids - Valid, or with a check.
   * @param out - Float32 `[ids.length, dim]` on the table's backend.
   * @param check - Throws where ids `from .. to` are not valid: then they are checked and brought over while workers are at work.
   * @returns The part, or undefined where kernels cannot reach `out` from the memory of the ids. What it allocates is the arena's.
   */
  gather(shared: SharedTable, ids: Int32Array, out: Tensor, check?: (from: number, to: number) => void): PreparedPart | undefined {
    const { backend, place: table } = shared;
    const target = findPlace(backend, out, this.numbers);
    const later = check && target && this.#crew.openJob ? this.#beside(backend, target, ids.length) : undefined;
    if (!later) check?.(0, ids.length);
    const home = later?.place ?? this.place(backend, ids);
    if (!home || target?.memory !== home.memory) return undefined;
    return {
      shared,
      home,
      part: { op: "gather", table, home: home.memory, ids: home.address, out: target.address },
      work: { count: ids.length, rowBytes: table.dim * 8 },
      ...(check && later && { supply: supplier(later.view, ids, check) }),
      scratchBytes: isNear(table, home) ? 0 : Math.max(scratchBytes, scratchPerRow(table.dim) + scratchMargin),
    };
  }

  /** One row for each bag; as `gather`. */
  bags(shared: SharedTable, { ids, offsets, weights, mode }: CheckedBags, out: Tensor): PreparedPart | undefined {
    const { backend, place: table } = shared;
    const home = this.place(backend, ids);
    const target = findPlace(backend, out, this.numbers);
    if (!home || target?.memory !== home.memory) return undefined;
    const bounds = this.place(backend, offsets);
    const factors = weights && this.place(backend, weights);
    if (!bounds || (weights && !factors)) return undefined;
    let largest = 0;
    for (let bag = 1; bag < offsets.length; bag++) largest = Math.max(largest, (offsets[bag] as number) - (offsets[bag - 1] as number));
    return {
      shared,
      home,
      part: {
        op: "bags",
        table,
        home: home.memory,
        ids: home.address,
        offsets: bounds.address,
        weights: factors?.address ?? 0,
        weighted: factors ? 1 : 0,
        out: target.address,
        mode: modes[mode],
      },
      work: { count: offsets.length - 1, rowBytes: table.dim * 4, offsets },
      scratchBytes: isNear(table, home)
        ? 0
        : 2 * Math.max(scratchBytes, (largest + 1) * (scratchPerRow(table.dim) + 16) + 2 * scratchMargin),
    };
  }

  /**
   * Runs parts as one call.
   *
   * @param parts - Prepared in an arena that lives until this is over.
   * @param limits - What may stop it.
   * @param slices - A plan that exists already.
   */
  async run(parts: readonly PreparedPart[], { stop, onStart }: RunLimits, slices?: Int32Array): Promise<void> {
    const plan = slices ?? this.plan(parts.map(({ work }) => work));
    if (plan.length === 0) return;
    const lanes = Math.min(this.threads, plan.length / 3);
    const { dispatcher, openJob, retries } = this.#crew;
    const arena = new Arena();
    try {
      const scratch = arena.run(() => Array.from({ length: lanes }, () => this.#scratchOf(parts)));
      const call = { memories: this.numbers.list(this.numbers.known), parts: parts.map(({ part }) => part), slices: plan };
      const workers = openJob ? lanes - 1 : lanes;
      await runCall(dispatcher, call, { workers, openJob, retries, scratch, supply: suppliesOf(parts, plan), stop, onStart });
    } finally {
      arena.release();
    }
  }

  /** The slices of a call; see `planShards`. */
  plan(work: readonly PartWork[], most?: number): Int32Array {
    return planShards(work, this.threads, most);
  }

  /** Host values where kernels find them; undefined where they are too large for one memory. */
  place(backend: Backend, values: Int32Array | Float32Array): Place | undefined {
    return findPlace(backend, Tensor.fromHost(new NDArray(values, [values.length]), backend), this.numbers);
  }

  /** Memory for results, zeroed; undefined where they are too large for one memory. */
  room(backend: Backend, dtype: DType, length: number): { tensor: Tensor; place: Place } | undefined {
    const tensor = Tensor.own(backend, backend.allocate(dtype, length), [length], dtype);
    const place = findPlace(backend, tensor, this.numbers);
    return place && { tensor, place };
  }

  /** Room for ids in the memory of a result, with what lay there before. */
  #beside(backend: Backend, { segment }: Place, length: number): { place: Place; view: () => Int32Array } | undefined {
    const handle = backend.allocateBeside?.(segment, length * 4);
    if (!handle) return undefined;
    const tensor = Tensor.own(backend, handle, [length], "int32");
    return { place: placeOf(backend, tensor, this.numbers), view: () => backend.hostView?.(tensor) as Int32Array };
  }

  /** Scratch of one task in every memory that a part of the call needs it in. */
  #scratchOf(parts: readonly PreparedPart[]): ScratchPlace[] {
    const places = new Map<number, ScratchPlace>();
    for (const { shared, home, scratchBytes: bytes } of parts) {
      if (bytes === 0) continue;
      for (const segment of [home.segment, ...shared.segments]) {
        const memory = this.numbers.of(segment.memory);
        if ((places.get(memory)?.bytes ?? 0) >= bytes) continue;
        const { backend } = shared;
        const handle = backend.allocateBeside?.(segment, bytes) as object;
        const tensor = Tensor.own(backend, handle, [bytes], "uint8");
        places.set(memory, { memory, address: placeOf(backend, tensor, this.numbers).address, bytes });
      }
    }
    return [...places.values()];
  }
}

function supplier(view: () => Int32Array, ids: Int32Array, check: (from: number, to: number) => void): NonNullable<PreparedPart["supply"]> {
  return (from, to) => {
    check(from, to);
    // Of this moment: the memory may have grown.
    view().set(ids.subarray(from, to), from);
  };
}

/** What makes each slice of a plan ready; undefined where all are. */
function suppliesOf(parts: readonly PreparedPart[], plan: Int32Array): Supply | undefined {
  if (parts.every(({ supply }) => supply === undefined)) return undefined;
  return (slice) => {
    const [part, from, to] = plan.subarray(slice * 3, slice * 3 + 3) as unknown as [number, number, number];
    parts[part]?.supply?.(from, to);
  };
}

function isNear({ segments }: SharedTable["place"], home: Place): boolean {
  return segments.length === 1 && segments[0]?.memory === home.memory;
}
