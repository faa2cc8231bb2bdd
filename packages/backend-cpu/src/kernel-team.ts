import { InternalError } from "@rowan/api";
import type { Backend } from "@rowan/api";
import type { Gathering } from "./gathering.ts";
import type { WasmKernels } from "./kernels.ts";
import type { CompiledKernels } from "./thread.ts";
import { compileForShared } from "./wasm/instantiate.ts";
import type { WasmMemory } from "./wasm/web-assembly.ts";

/** Threads that take a part in kernels over one memory, the calling one among them. */
export interface KernelTeam {
  readonly threads: number;
  /**
   * Runs a kernel once with each list of arguments, and returns when all are done. Threads take one call after another: the calling one
   * waits for no thread that has not begun.
   *
   * @param kernel - Its name.
   * @param calls - The arguments of at most `mostParts` calls, which write to different places.
   */
  run(kernel: keyof WasmKernels, calls: readonly (readonly number[])[]): void;
}

/** Kernels that a team may divide. */
export interface DividedKernels {
  readonly kernels: WasmKernels;
  /** The same ones, undivided. */
  readonly whole: WasmKernels;
  readonly memory: WasmMemory;
  readonly gathering: Gathering;
  /** The same kernels before they had this memory, for other threads. */
  readonly compiled: CompiledKernels;
  team: KernelTeam | undefined;
}

/** The most parts that a kernel is divided into. */
export const mostParts = 64;

/** Less work than this many bytes of rows is done sooner than another thread is awake. */
const leastBytes = 1 << 18;
/** Parts are so large that taking one costs nothing beside it... */
const partBytes = 1 << 16;
/** ...and so many that a thread which comes late, or is held up, leaves little to wait for. */
const partsPerThread = 8;

/** Into how many parts work is divided; 1 where it is left whole. */
function partsOf(team: KernelTeam | undefined, bytes: number): number {
  if (!team || bytes < leastBytes) return 1;
  return Math.min(mostParts, team.threads * partsPerThread, Math.floor(bytes / partBytes));
}

/** Where a kernel over a list of rows has its arguments: lists that advance with the rows, their number, and the values in a row. */
interface RowListKernel {
  /** Lists of one word a row. */
  readonly words: readonly number[];
  /** Lists of `dim` words a row. */
  readonly rows: readonly number[];
  readonly count: number;
  readonly dim: number;
  /** A flag without which rows are not listed but in order, and the kernel is left whole. */
  readonly indexed?: number;
}

const rowLists = {
  sgd: { words: [2], rows: [1], indexed: 3, count: 4, dim: 5 },
  momentum: { words: [3], rows: [2], indexed: 4, count: 5, dim: 6 },
  adam: { words: [5], rows: [4], indexed: 6, count: 7, dim: 8 },
  rmsprop: { words: [5], rows: [4], indexed: 6, count: 7, dim: 8 },
  adagrad: { words: [3], rows: [2], indexed: 4, count: 5, dim: 6 },
  rowwiseAdagrad: { words: [3], rows: [2], indexed: 4, count: 5, dim: 6 },
  catchUpAdam: { words: [4, 6], rows: [], count: 7, dim: 8 },
  catchUpMomentum: { words: [2, 4], rows: [], count: 5, dim: 6 },
  scaleRows: { words: [1, 3], rows: [], count: 4, dim: 5 },
} as const satisfies Partial<Record<keyof WasmKernels, RowListKernel>>;

/** Rows of a product that stay together. */
const rowsTogether = 16;

type Call = (...args: number[]) => void;

/**
 * Kernels that divide their rows among a team where there is one. Each row of a result, and each row that is updated, is computed by
 * one thread from start to end, so that results do not depend on the number of threads.
 *
 * @param kernels - The kernels of the calling thread.
 * @param memory - What they work in.
 * @param gathering - How rows are gathered.
 * @param compiled - What other threads start the same kernels from.
 * @returns The same kernels, and the place for a team.
 */
export function divideKernels(kernels: WasmKernels, memory: WasmMemory, gathering: Gathering, compiled: CompiledKernels): DividedKernels {
  const divided: { team: KernelTeam | undefined } = { team: undefined };
  const whole = kernels as unknown as Readonly<Record<string, Call>>;
  const own: Record<string, Call> = {};
  for (const [name, list] of Object.entries<RowListKernel>(rowLists)) {
    const kernel = whole[name] as Call;
    own[name] = (...args) => {
      const count = args[list.count] as number;
      const isListed = list.indexed === undefined || args[list.indexed] !== 0;
      const parts = isListed ? partsOf(divided.team, count * (args[list.dim] as number) * 4) : 1;
      if (parts === 1) kernel(...args);
      else divided.team?.run(name as keyof WasmKernels, divideRows(args, list, equalParts(count, parts)));
    };
  }
  own["gatherRows"] = (...args) => {
    const [source = 0, ids = 0, out = 0, count = 0, rowBytes = 0] = args;
    const parts = partsOf(divided.team, count * rowBytes);
    if (parts === 1) gathering.gatherRows(source, ids, out, count, rowBytes);
    else {
      const way = gathering.wayOf(count * rowBytes);
      divided.team?.run(
        "gatherRows",
        equalParts(count, parts).map(([from, to]) => [source, ids + from * 4, out + from * rowBytes, to - from, rowBytes, way]),
      );
    }
  };
  /** Runs a kernel whose rows come in bags: by parts with about as many positions each. */
  const runBags = (
    name: "sumBags" | "catchUpAdamGather",
    args: readonly number[],
    { offsets, count, dim }: { readonly offsets: number; readonly count: number; readonly dim: number },
    part: (bags: Part) => number[],
  ): void => {
    const bounds = divided.team && new Int32Array(memory.buffer, offsets, count + 1);
    const parts = bounds ? partsOf(divided.team, ((bounds[count] as number) - (bounds[0] as number)) * dim * 4) : 1;
    if (parts === 1 || !bounds) (whole[name] as Call)(...args);
    else divided.team?.run(name, partsByPositions(bounds, parts).map(part));
  };
  own["sumBags"] = (...args) => {
    const [source = 0, ids = 0, offsets = 0, weights = 0, weighted = 0, out = 0, count = 0, dim = 0, mode = 0] = args;
    runBags("sumBags", args, { offsets, count, dim }, ([from, to]) => [
      ...[source, ids, offsets + from * 4, weights, weighted],
      ...[out + from * dim * 4, to - from, dim, mode],
    ]);
  };
  if (kernels.catchUpAdamGather) {
    own["catchUpAdamGather"] = (...args) => {
      const [dim = 0, unique = 0, offsets = 0, positions = 0, count = 0] = [args[7], ...args.slice(10, 14)];
      runBags("catchUpAdamGather", args, { offsets, count, dim }, ([from, to]) => [
        ...args.slice(0, 10),
        ...[unique + from * 4, offsets + from * 4, positions, to - from],
        ...args.slice(14),
      ]);
    };
  }
  own["matmul"] = (...args) => {
    const [batches = 0, m = 0, n = 0, k = 0] = [args[3], args[6], args[7], args[8]];
    // A product of two numbers takes about as long as a byte; and whole lines of 64 bytes belong to one thread.
    const parts = Math.min(partsOf(divided.team, batches * m * Math.max(n * k, (n + k) * 4)), Math.ceil(m / rowsTogether));
    if (parts <= 1) (whole["matmul"] as Call)(...args);
    else {
      const rows = equalParts(Math.ceil(m / rowsTogether), parts);
      divided.team?.run(
        "matmul",
        rows.map(([from, to]) => [...args.slice(0, -2), from * rowsTogether, Math.min(m, to * rowsTogether)]),
      );
    }
  };
  const all = { ...kernels, ...own } as unknown as WasmKernels;
  return Object.assign(divided, { kernels: all, whole: kernels, memory, gathering, compiled });
}

function divideRows(args: readonly number[], { words, rows, count, dim }: RowListKernel, parts: readonly Part[]): number[][] {
  return parts.map(([from, to]) => {
    const part = [...args];
    for (const at of words) part[at] = (args[at] as number) + from * 4;
    for (const at of rows) part[at] = (args[at] as number) + from * (args[dim] as number) * 4;
    part[count] = to - from;
    return part;
  });
}

type Part = readonly [from: number, to: number];

function equalParts(count: number, parts: number): Part[] {
  return Array.from({ length: parts }, (_, part): Part => [
    Math.floor((count * part) / parts),
    Math.floor((count * (part + 1)) / parts),
  ]).filter(([from, to]) => to > from);
}

/** Ranges of bags with about as many ids each: real ids are Zipf-distributed, and one bag of a plan may hold a good part of a step. */
function partsByPositions(offsets: Int32Array, count: number): Part[] {
  const bags = offsets.length - 1;
  const cost = (bag: number): number => (offsets[bag] as number) + bag;
  const [first, last] = [cost(0), cost(bags)];
  const parts: Part[] = [];
  let from = 0;
  for (let part = 1; part <= count; part++) {
    const wanted = first + ((last - first) * part) / count;
    let low = from;
    let high = bags;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (cost(middle) < wanted) low = middle + 1;
      else high = middle;
    }
    const to = part === count ? bags : low;
    if (to > from) parts.push([from, to]);
    from = to;
  }
  return parts;
}

const dividedOf = new WeakMap<Backend, DividedKernels>();

/**
 * Remembers whose kernels can be divided.
 *
 * @param backend - The backend that computes with them.
 * @param divided - Its kernels.
 */
export function rememberKernels(backend: Backend, divided: DividedKernels): void {
  dividedOf.set(backend, divided);
}

/**
 * The memory whose kernels a team may join.
 *
 * @param backend - Any backend.
 * @returns A shared `WebAssembly.Memory`, or undefined where the backend has none.
 */
export function teamMemory(backend: Backend): object | undefined {
  return dividedOf.get(backend)?.memory;
}

/**
 * The kernels that a team runs its parts with.
 *
 * @param backend - A backend with a `teamMemory`.
 * @returns The kernels of the calling thread, undivided.
 * @throws InternalError for another backend.
 */
export function teamKernels(backend: Backend): WasmKernels {
  const divided = dividedOf.get(backend);
  if (!divided) throw new InternalError(`the backend "${backend.name}" has no kernels for a team.`);
  return divided.whole;
}

/**
 * Lets a team take part in a backend's kernels, or no longer.
 *
 * @param backend - A backend with a `teamMemory`.
 * @param team - Its threads, or undefined: the calling thread alone again.
 */
export function setKernelTeam(backend: Backend, team: KernelTeam | undefined): void {
  const divided = dividedOf.get(backend);
  if (divided) divided.team = team;
}

/**
 * How other threads gather from a backend's tables.
 *
 * @param backend - Any backend.
 * @returns `way` of the kernel `gatherRows` for large results: what has been the faster one so far.
 */
export function gatherWay(backend: Backend): number {
  return dividedOf.get(backend)?.gathering.wayOf(Infinity) ?? 0;
}

/**
 * The kernels of a backend before they have a memory, for other threads.
 *
 * @param backend - Any backend.
 * @returns What `startKernels` takes; it can be posted to a worker.
 * @throws What the runtime throws where it has no WASM SIMD or no shared memory.
 */
export async function compileKernelsOf(backend: Backend): Promise<CompiledKernels> {
  // A backend that was made out of another one shares its tables too, and none of its kernels.
  return dividedOf.get(backend)?.compiled ?? { module: await compileForShared(), addon: undefined };
}
