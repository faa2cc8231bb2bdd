import { InternalError } from "@rowan/api";
import type { Backend } from "@rowan/api";
import type { WasmKernels } from "./kernels.ts";
import type { WasmMemory } from "./wasm/instantiate.ts";

/** Threads that take a part in kernels over one memory, the calling one among them. */
export interface KernelTeam {
  readonly threads: number;
  /**
   * Runs a kernel once with each list of arguments, at most one for each thread, and returns when all are done.
   *
   * @param kernel - Its name.
   * @param calls - The arguments; the calls write to different places.
   */
  run(kernel: keyof WasmKernels, calls: readonly (readonly number[])[]): void;
}

/** Kernels that a team may divide. */
export interface DividedKernels {
  readonly kernels: WasmKernels;
  /** The same ones, undivided. */
  readonly whole: WasmKernels;
  readonly memory: WasmMemory;
  team: KernelTeam | undefined;
}

/** Less work than this many bytes of rows is done sooner than another thread is awake. */
const leastBytes = 1 << 18;

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

type Call = (...args: number[]) => void;

/**
 * Kernels that divide their rows among a team where there is one. Each row of a result, and each row that is updated, is computed by
 * one thread from start to end, so that results do not depend on the number of threads.
 *
 * @param kernels - The kernels of the calling thread.
 * @param memory - What they work in.
 * @returns The same kernels, and the place for a team.
 */
export function divideKernels(kernels: WasmKernels, memory: WasmMemory): DividedKernels {
  const divided: { team: KernelTeam | undefined } = { team: undefined };
  const whole = kernels as unknown as Readonly<Record<string, Call>>;
  const own: Record<string, Call> = {};
  for (const [name, list] of Object.entries<RowListKernel>(rowLists)) {
    const kernel = whole[name] as Call;
    own[name] = (...args) => {
      const { team } = divided;
      const count = args[list.count] as number;
      const isListed = list.indexed === undefined || args[list.indexed] !== 0;
      if (!team || !isListed || count * (args[list.dim] as number) * 4 < leastBytes) kernel(...args);
      else team.run(name as keyof WasmKernels, divideRows(args, list, equalParts(count, team.threads)));
    };
  }
  own["gatherRows"] = (source, ids, out, count, rowBytes) => {
    const { team } = divided;
    if (!team || count * rowBytes < leastBytes) kernels.gatherRows(source, ids, out, count, rowBytes);
    else {
      const parts = equalParts(count, team.threads);
      team.run(
        "gatherRows",
        parts.map(([from, to]) => [source, ids + from * 4, out + from * rowBytes, to - from, rowBytes]),
      );
    }
  };
  own["sumBags"] = (...args) => {
    const { team } = divided;
    const [source = 0, ids = 0, offsets = 0, weights = 0, weighted = 0, out = 0, bags = 0, dim = 0, mode = 0] = args;
    const bounds = team && new Int32Array(memory.buffer, offsets, bags + 1);
    if (!team || !bounds || ((bounds[bags] as number) - (bounds[0] as number)) * dim * 4 < leastBytes) {
      kernels.sumBags(source, ids, offsets, weights, weighted, out, bags, dim, mode);
      return;
    }
    const parts = partsByPositions(bounds, team.threads);
    team.run(
      "sumBags",
      parts.map(([from, to]) => [source, ids, offsets + from * 4, weights, weighted, out + from * dim * 4, to - from, dim, mode]),
    );
  };
  const all = { ...kernels, ...own } as unknown as WasmKernels;
  return Object.assign(divided, { kernels: all, whole: kernels, memory });
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

function equalParts(count: number, threads: number): Part[] {
  return Array.from({ length: threads }, (_, part): Part => [
    Math.floor((count * part) / threads),
    Math.floor((count * (part + 1)) / threads),
  ]).filter(([from, to]) => to > from);
}

/** Ranges of bags with about as many ids each: real ids are Zipf-distributed, and one bag of a plan may hold a good part of a step. */
function partsByPositions(offsets: Int32Array, threads: number): Part[] {
  const bags = offsets.length - 1;
  const cost = (bag: number): number => (offsets[bag] as number) + bag;
  const [first, last] = [cost(0), cost(bags)];
  const parts: Part[] = [];
  let from = 0;
  for (let part = 1; part <= threads; part++) {
    const wanted = first + ((last - first) * part) / threads;
    let low = from;
    let high = bags;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (cost(middle) < wanted) low = middle + 1;
      else high = middle;
    }
    const to = part === threads ? bags : low;
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
