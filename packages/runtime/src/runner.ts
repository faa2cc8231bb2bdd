import { Arena, NDArray, Tensor } from "@rowan/api";
import type { Backend, CheckedBags, DType } from "@rowan/api";
import type { Dispatcher } from "./dispatcher.ts";
import { planShards } from "./plan-shards.ts";
import type { PartWork } from "./plan-shards.ts";
import type { Part, ScratchPlace } from "./protocol.ts";
import { runCall } from "./run-call.ts";
import { findPlace, placeOf } from "./shared-table.ts";
import type { MemoryNumbers, Place, SharedTable } from "./shared-table.ts";
import type { Stop } from "./stop.ts";
import { scratchMargin, scratchPerRow } from "./worker/gather-apart.ts";

/** A part of a call with what the plan and the scratch need to know of it. */
export interface PreparedPart {
  readonly shared: SharedTable;
  readonly part: Part;
  readonly work: PartWork;
  readonly home: Place;
  /** Bytes of scratch that a task needs in each memory of the part; 0 for none. */
  readonly scratchBytes: number;
}

/** How one call is bounded and watched. */
export interface RunLimits {
  readonly stop: Stop;
  readonly onStart: () => void;
}

const modes = { sum: 0, mean: 1, sqrtn: 2, max: 3 } as const;
/** Room for some thousand rows, which a cache holds. */
const scratchBytes = 1 << 19;

/** Turns lookups into parts of calls, and runs them on workers. */
export class Runner {
  readonly threads: number;
  readonly numbers: MemoryNumbers;
  readonly #dispatcher: Dispatcher;
  readonly #retries: number;

  constructor(dispatcher: Dispatcher, threads: number, retries: number, numbers: MemoryNumbers) {
    this.#dispatcher = dispatcher;
    this.threads = threads;
    this.#retries = retries;
    this.numbers = numbers;
  }

  /**
   * `out[i] = table[ids[i]]`
   *
   * @param shared - The table.
   * @param ids - Valid.
   * @param out - Float32 `[ids.length, dim]` on the table's backend.
   * @returns The part, or undefined where kernels cannot reach `out` from the memory of the ids. What it allocates is the arena's.
   */
  gather(shared: SharedTable, ids: Int32Array, out: Tensor): PreparedPart | undefined {
    const { backend, place: table } = shared;
    const home = this.#upload(backend, ids);
    const target = findPlace(backend, out, this.numbers);
    if (target?.memory !== home.memory) return undefined;
    return {
      shared,
      home,
      part: { op: "gather", table, home: home.memory, ids: home.address, out: target.address },
      work: { count: ids.length, rowBytes: table.dim * 8 },
      scratchBytes: isNear(table, home) ? 0 : Math.max(scratchBytes, scratchPerRow(table.dim) + scratchMargin),
    };
  }

  /** One row for each bag; as `gather`. */
  bags(shared: SharedTable, { ids, offsets, weights, mode }: CheckedBags, out: Tensor): PreparedPart | undefined {
    const { backend, place: table } = shared;
    const home = this.#upload(backend, ids);
    const target = findPlace(backend, out, this.numbers);
    if (target?.memory !== home.memory) return undefined;
    const bounds = this.#upload(backend, offsets);
    const factors = weights && this.#upload(backend, weights);
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
    const arena = new Arena();
    try {
      const scratch = arena.run(() => Array.from({ length: lanes }, () => this.#scratchOf(parts)));
      const call = { memories: this.numbers.list(), parts: parts.map(({ part }) => part), slices: plan };
      await runCall(this.#dispatcher, call, { threads: lanes, retries: this.#retries, scratch, stop, onStart });
    } finally {
      arena.release();
    }
  }

  /** The slices of a call. */
  plan(work: readonly PartWork[]): Int32Array {
    return planShards(work, this.threads);
  }

  /** Host values where kernels find them. */
  place(backend: Backend, values: Int32Array | Float32Array): Place {
    return this.#upload(backend, values);
  }

  /** Memory for results, zeroed. */
  room(backend: Backend, dtype: DType, length: number): { tensor: Tensor; place: Place } {
    const tensor = Tensor.own(backend, backend.allocate(dtype, length), [length], dtype);
    return { tensor, place: placeOf(backend, tensor, this.numbers) };
  }

  #upload(backend: Backend, values: Int32Array | Float32Array): Place {
    return placeOf(backend, Tensor.fromHost(new NDArray(values, [values.length]), backend), this.numbers);
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

function isNear({ segments }: SharedTable["place"], home: Place): boolean {
  return segments.length === 1 && segments[0]?.memory === home.memory;
}
