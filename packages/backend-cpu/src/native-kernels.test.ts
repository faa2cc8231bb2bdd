import { BackendUnavailableError, EmbeddingTable, InternalError, version } from "@rowan/api";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { createCpuBackend, createWordVectorEngine } from "./index.ts";
import type { WasmKernels } from "./kernels.ts";
import { findAddon, loadAddon, openAddon } from "./native-addon.ts";
import type { NativeAddon } from "./native-addon.ts";
import { withNative } from "./native-kernels.ts";
import { farthest, randomFloats, randomIntegers } from "./testing/twins.ts";
import { instantiateKernels } from "./wasm/instantiate.ts";
import { webAssembly } from "./wasm/web-assembly.ts";
import type { WasmMemory } from "./wasm/web-assembly.ts";

const { path, lack } = findAddon();
const { addon } = openAddon();
/** Elsewhere WASM does all of it, which other tests look at. */
const native = describe.runIf(addon);

/** Whether the bits of a float32 are those of NaN. */
const isNan = (word: number): boolean => (word & 0x7fffffff) > 0x7f800000;

/** Two memories with the same bytes, one for each kind of kernels. A place in one is a place in both. */
class Pair {
  static async make(): Promise<Pair> {
    const api = webAssembly() as NonNullable<ReturnType<typeof webAssembly>>;
    const [memory, other] = [0, 1].map(() => new api.Memory({ initial: 12, maximum: 12, shared: true })) as [WasmMemory, WasmMemory];
    return new Pair(memory, other, await instantiateKernels(other));
  }

  readonly memory: WasmMemory;
  readonly wasm: WasmKernels;
  readonly start: number;
  readonly bytes: number;
  readonly #other: WasmMemory;
  #end = 64;

  private constructor(memory: WasmMemory, other: WasmMemory, wasm: WasmKernels) {
    this.memory = memory;
    this.#other = other;
    this.wasm = wasm;
    this.bytes = memory.buffer.byteLength;
    this.start = (addon as NativeAddon).addressOf(new Uint8Array(memory.buffer));
  }

  /** The place of values, so many bytes behind a line. */
  put(values: Float32Array | Int32Array | Uint8Array, behind = 0): number {
    const at = this.room(values.byteLength, behind);
    for (const { buffer } of [this.memory, this.#other]) {
      new Uint8Array(buffer, at, values.byteLength).set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    }
    return at;
  }

  room(bytes: number, behind = 0): number {
    const at = this.#end + behind;
    this.#end = Math.ceil((at + bytes) / 64) * 64 + 64;
    for (const { buffer } of [this.memory, this.#other]) new Uint8Array(buffer, at - behind, bytes + behind + 64).fill(0xa5);
    return at;
  }

  /** In how many words the memories differ from end to end, results and what nobody may write; NaN may have any of its bits. */
  differs(): number {
    const [a, b] = [this.memory, this.#other].map(({ buffer }) => new Uint32Array(buffer)) as [Uint32Array, Uint32Array];
    return a.reduce((sum, word, i) => sum + Number(word !== b[i] && !(isNan(word) && isNan(b[i] as number))), 0);
  }
}

const lengths = [0, 1, 2, 5, 0, 17, 1, 64, 0];
const offsets = Int32Array.from([0, ...lengths.map((_, i) => lengths.slice(0, i + 1).reduce((sum, n) => sum + n))]);
const count = offsets.at(-1) as number;
const dims = [8, 9, 12, 15, 16, 17, 23, 24, 31, 32, 40, 47, 48, 56, 63, 64, 72, 80, 88, 95, 96, 97, 100, 104, 128, 200, 256, 300];

/** The lengths of vectors that are taken only where they are asked for. */
const shorterVectors = addon?.vectorBytes === 64 ? [32] : [];

test("the addon is there on the systems that it is built for", () => {
  if (process.platform === "linux" && process.arch === "x64") expect(path).toMatch(/linux-x64\.node$/);
  else expect(lack).toContain("linux-x64");
});

native(`the kernels of the addon, in vectors of up to ${addon?.vectorBytes} bytes, give the bits of WASM`, () => {
  const call = addon as NativeAddon;

  test.each([32, 33, 36, 48, 63, 64, 65, 80, 128, 132, 200, 256, 1200, 4096])("rows of %i bytes", async (rowBytes) => {
    for (const [behindRows, behindOut] of [
      [0, 0],
      [4, 16],
      [20, 12],
    ]) {
      for (const ids of [Int32Array.of(), Int32Array.of(10), Int32Array.of(3, 3, 0), randomIntegers(37, 2, 0, 11)]) {
        for (const way of [0, 1]) {
          const pair = await Pair.make();
          const table = pair.put(Uint8Array.from(randomIntegers(11 * rowBytes, rowBytes, 0, 256)), behindRows);
          const args = [table, pair.put(ids), pair.room(ids.length * rowBytes, behindOut), ids.length, rowBytes] as const;
          expect(call.gatherRows(pair.start, pair.bytes, ...args, way)).toBe(true);
          pair.wasm.gatherRows(...args);
          expect(pair.differs()).toBe(0);
        }
      }
    }
  });

  test.each([...dims, 2048, 2052])("bags of rows of %i", async (dim) => {
    const ids = randomIntegers(count, 1, 0, 23);
    const weights = randomFloats(count, 3);
    // Weights that add up to nothing: a divisor of 0 gives zeros.
    weights[1] = 1;
    weights[2] = -1;
    const values = randomFloats(23 * dim, dim);
    values.set([NaN, Infinity, -Infinity, -0, 1e-40, 3e38], dim);
    const codes = Uint8Array.from(randomIntegers(23 * dim, dim, 0, 256));
    const scales = randomFloats(23, 5);
    for (const mode of [0, 1, 2]) {
      for (const weighted of [0, 1]) {
        // Stored past the caches or not; where the results begin decides how.
        for (const [behind, streams, widest] of [
          [0, 0, 0],
          [4, 0, 0],
          [0, 1, 0],
          [4, 1, 0],
          [16, 1, 0],
          // On a processor with vectors of 64 bytes, those of 32.
          ...shorterVectors.map((widest) => [0, 1, widest] as const),
          ...shorterVectors.map((widest) => [4, 0, widest] as const),
        ] as const) {
          const pair = await Pair.make();
          const lists = [pair.put(ids), pair.put(offsets), pair.put(weights), weighted] as const;
          const rest = [pair.room(lengths.length * dim * 4, behind), lengths.length, dim] as const;
          const table = pair.put(values, behind);
          expect(call.sumBags(pair.start, pair.bytes, table, ...lists, ...rest, mode, streams, widest)).toBe(true);
          pair.wasm.sumBags(table, ...lists, ...rest, mode);
          expect(pair.differs()).toBe(0);
          const [data, scale] = [pair.put(codes, behind), pair.put(scales)];
          expect(call.sumInt8Bags(pair.start, pair.bytes, data, scale, ...lists, ...rest, mode, streams, widest)).toBe(true);
          pair.wasm.foldCoded(0, data, scale, 0, ...lists, ...rest, dim, mode);
          expect(pair.differs()).toBe(0);
        }
      }
    }
  });

  test.each([8, 16, 64, 72, 304])("steps of Adam on rows of %i", async (dim) => {
    const [rows, size] = [40, 40 * dim];
    for (const [count, columns, widest = 0] of [
      [0, 7],
      [1, 3],
      [23, 7],
      [23, 5],
      ...shorterVectors.map((widest) => [23, 7, widest] as const),
    ] as const) {
      const pair = await Pair.make();
      const state = [1, 2, 3].map((seed) => {
        const values = randomFloats(size, seed);
        // A second moment is not negative; some of either kind are about to be denormal, and some numbers are none.
        if (seed === 3) for (let i = 0; i < size; i++) values[i] = Math.abs(values[i] as number);
        if (seed > 1) for (let i = 0; i < size; i += 3) values[i] = (values[i] as number) * 1e-38;
        values.set([NaN, Infinity, 0], dim * seed);
        return pair.put(values, seed === 2 ? 4 : 0);
      }) as [number, number, number];
      const ids = pair.put(Int32Array.from({ length: count }, (_, i) => (i * 7) % rows));
      const gradient = pair.put(randomFloats(count * dim, 4));
      const step = [0.01, 1e-3, Math.fround(1 - 0.9), Math.fround(1 - 0.999), 1e-7] as const;
      expect(call.adam(pair.start, pair.bytes, ...state, gradient, ids, count, dim, ...step, widest)).toBe(true);
      pair.wasm.adam(...state, 0, gradient, ids, 1, count, dim, ...step, 0);
      expect(pair.differs()).toBe(0);
      const factors = pair.put(randomFloats(4 * columns, 5, 1).map(Math.abs));
      const groups = pair.put(randomIntegers(count, 6, 0, 4));
      const late = [ids, factors, groups, count, dim, columns, 1e-7] as const;
      expect(call.catchUpAdam(pair.start, pair.bytes, ...state, ...late, widest)).toBe(true);
      pair.wasm.catchUpAdam(...state, 0, ...late, 0);
      expect(pair.differs()).toBe(0);
      // A plan of all rows, some of which are behind; they come along once, twice and not at all.
      const plan = Int32Array.from({ length: rows }, (_, i) => i);
      const bounds = Int32Array.from({ length: rows + 1 }, (_, i) => i + (i >> 1) - 2 * (i >> 2));
      const uses = bounds[rows] as number;
      const behind = Int32Array.from({ length: count }, (_, i) => (i * 7) % rows).sort();
      const [unique, ends] = [pair.put(plan), pair.put(bounds)];
      const positions = pair.put(Int32Array.from({ length: uses }, (_, i) => uses - 1 - i));
      const places = new Int32Array(uses);
      for (let row = 0; row < rows; row++)
        for (let at = bounds[row] as number; at < (bounds[row + 1] as number); at++) places[uses - 1 - at] = row;
      const [ascending, wanted] = [pair.put(behind), pair.put(places)];
      const together = [ascending, factors, groups, count, dim, columns, 1e-7] as const;
      for (const streams of [0, 1]) {
        const out = pair.room(uses * dim * 4);
        const after = [unique, ends, positions, rows, out, streams, widest] as const;
        expect(call.catchUpAdamGather(pair.start, pair.bytes, ...state, ...together, ...after)).toBe(true);
        pair.wasm.catchUpAdam(...state, 0, ...together, 0);
        pair.wasm.gatherRows(state[0], wanted, out, uses, dim * 4);
        expect(pair.differs()).toBe(0);
      }
      for (const outside of [
        [pair.bytes - 4, state[1], state[2]],
        [state[0], pair.bytes - 4, state[2]],
        [state[0], state[1], pair.bytes - 4],
      ] as const) {
        if (count === 0) continue;
        expect(call.adam(pair.start, pair.bytes, ...outside, gradient, ids, count, dim, ...step)).toBe(false);
        expect(call.catchUpAdam(pair.start, pair.bytes, ...outside, ...late)).toBe(false);
      }
      expect(pair.differs()).toBe(0);
    }
  });

  test("what lies outside of the memory is refused before anything is written", async () => {
    const pair = await Pair.make();
    const [rows, dim] = [4, 16];
    const table = pair.put(randomFloats(rows * dim, 1));
    const ids = pair.put(Int32Array.of(0, 3, 1, 2));
    const bounds = pair.put(Int32Array.of(0, 2, 4));
    const [out, end] = [pair.room(rows * dim * 4), pair.bytes];
    const scale = pair.put(randomFloats(rows, 2));
    const before = new Uint8Array(pair.memory.buffer).slice();
    const [far, many, falling] = [Int32Array.of(0, 1 << 30, 1, 2), Int32Array.of(0, 2, 1 << 30), Int32Array.of(3, 2, 4)].map((list) =>
      pair.put(list),
    ) as [number, number, number];
    const memory = [pair.start, end] as const;
    const gathers = [
      [table, far, out, 4, 64, 0],
      [table, end - 8, out, 4, 64, 0],
      [table, ids, end - 64, 4, 64, 0],
      [end - 128, ids, out, 4, 64, 0],
      [table, ids, out, 4, 16, 0],
    ];
    for (const args of gathers) expect(call.gatherRows(...memory, ...args)).toBe(false);
    const bags = [
      [table, far, bounds, 0, 0, out, 2, dim, 0],
      [table, ids, many, 0, 0, out, 2, dim, 0],
      [table, ids, falling, 0, 0, out, 2, dim, 0],
      [table, ids, end - 4, 0, 0, out, 2, dim, 0],
      [table, ids, bounds, end - 4, 1, out, 2, dim, 0],
      [table, ids, bounds, 0, 0, end - 64, 2, dim, 0],
      [table, ids, bounds, 0, 0, out, 2, 7, 0],
    ];
    for (const [first, ...args] of bags as [number, ...number[]][]) {
      expect(call.sumBags(...memory, first, ...args)).toBe(false);
      expect(call.sumInt8Bags(...memory, first, scale, ...args)).toBe(false);
    }
    expect(call.sumInt8Bags(...memory, table, end - 4, ids, bounds, 0, 0, out, 2, dim, 0)).toBe(false);
    const [one, factors] = [pair.put(Int32Array.of(1)), pair.put(randomFloats(3, 3))];
    const plans = [
      [far, far, factors, one, bounds, ids, out],
      [ids, far, factors, far, bounds, ids, out],
      [ids, ids, factors, far + 4, bounds, ids, out],
      [ids, ids, factors, ids, many, ids, out],
      [ids, ids, factors, ids, falling, ids, out],
      [ids, ids, factors, ids, end - 4, ids, out],
      [ids, ids, factors, ids, bounds, far, out],
      [ids, ids, factors, ids, bounds, end - 4, out],
      [ids, ids, factors, ids, bounds, ids, end - 64],
      [ids, ids, end - 4, ids, bounds, ids, out],
    ] as const;
    for (const [behind, groups, numbers, unique, offsets, positions, to] of plans) {
      const late = [behind, numbers, groups, 2, dim, 3, 1e-7, unique, offsets, positions, 2, to, 1] as const;
      expect(call.catchUpAdamGather(...memory, table, table, table, ...late)).toBe(false);
    }
    const after = new Uint8Array(pair.memory.buffer).slice();
    // The lists of this test were put in between.
    after.set(before.subarray(far - 64), far - 64);
    expect(Buffer.compare(after, before)).toBe(0);
    const inside = [ids, factors, ids, 2, dim, 3, 1e-7, ids, bounds, ids, 2, out, 1] as const;
    expect(call.catchUpAdamGather(...memory, table, table, table, ...inside)).toBe(true);
  });
});

native("numbers of the addon's functions", () => {
  const call = addon as NativeAddon;

  test("sizes whose bytes are more than 32 bits hold are outside of the memory", async () => {
    const pair = await Pair.make();
    const { start, bytes } = pair;
    const lists = pair.put(Int32Array.of(0, 1, 1));
    // Each of these is 0 bytes, or few, in 32 bits.
    for (const dim of [2 ** 30, 2 ** 30 + 8, 2 ** 31, 2 ** 32 - 8]) {
      expect(call.catchUpAdam(start, bytes, 64, 64, 64, lists, lists, lists, 2, dim, 7, 1e-7)).toBe(false);
      expect(call.catchUpAdam(start, bytes, 64, 64, 64, lists, 64, lists + 4, 2, 8, dim + 4, 1e-7)).toBe(false);
      expect(call.adam(start, bytes, 64, 64, 64, 64, lists, 2, dim, 0, 0, 0, 0, 1e-7)).toBe(false);
      expect(call.sumBags(start, bytes, 64, lists, lists, 0, 0, 64, 2, dim, 0)).toBe(false);
      expect(call.sumInt8Bags(start, bytes, 64, 64, lists, lists, 0, 0, 64, 2, dim, 0)).toBe(false);
      expect(call.gatherRows(start, bytes, 64, lists, 64, 2, dim, 1)).toBe(false);
      expect(call.gatherRows(start, bytes, 64, lists, 64, dim, 64, 1)).toBe(false);
    }
  });

  test.each([NaN, Infinity, -Infinity, 2 ** 32, -(2 ** 32), 2 ** 53, 0.5, -0.5])("%d is address 0, as in WASM", async (zero) => {
    const pair = await Pair.make();
    const ids = pair.put(Int32Array.of(1, 2, 0, 5));
    pair.put(randomFloats(8 * 16, 1));
    const out = pair.room(4 * 64);
    expect(call.gatherRows(pair.start, pair.bytes, zero, ids, out, 4, 64, 0)).toBe(true);
    pair.wasm.gatherRows(zero, ids, out, 4, 64);
    expect(pair.differs()).toBe(0);
  });
});

native("withNative", () => {
  test("memory that another thread has made grow is used, though this one has not heard of it", async () => {
    const api = webAssembly() as NonNullable<ReturnType<typeof webAssembly>>;
    const grown = new api.Memory({ initial: 1, maximum: 3, shared: true });
    let { buffer } = grown;
    grown.grow(2);
    const late: WasmMemory = {
      get buffer() {
        return buffer;
      },
      grow: (pages) => {
        buffer = grown.buffer;
        return grown.grow(pages);
      },
    };
    const never = (): never => expect.fail("WASM was called");
    const wasm = { gatherRows: never, sumBags: never, foldCoded: never } as unknown as WasmKernels;
    const [ids, out] = [70_000, 80_000];
    const list = new Int32Array(grown.buffer, ids, 301);
    for (let i = 0; i < 301; i++) list[i] = i;
    new Float32Array(grown.buffer, 0, 300 * 16).fill(3);
    const before = buffer;
    withNative(wasm, late, addon as NativeAddon).gatherRows(0, ids, out, 300, 64);
    buffer = before;
    withNative(wasm, late, addon as NativeAddon).sumBags(0, ids, ids, 0, 0, out + 300 * 64, 300, 16, 0);
    expect(new Float32Array(grown.buffer, out, 600 * 16).every((value) => value === 3)).toBe(true);
  });

  test("leaves to WASM what is small, short or not summed, and names rows outside of the memory", async () => {
    const pair = await Pair.make();
    const calls: string[] = [];
    const wasm = Object.fromEntries(
      (["gatherRows", "sumBags", "foldCoded"] as const).map((name) => [name, (): unknown => calls.push(name)]),
    ) as unknown as WasmKernels;
    const told =
      (name: string) =>
      (...args: number[]): boolean =>
        calls.push(`native ${name}${args.at(-1) === 1 ? ", past the caches" : ""}`) > 0;
    const counted = { gatherRows: told("gatherRows"), sumBags: told("sumBags"), sumInt8Bags: told("sumInt8Bags") };
    const kernels = withNative(wasm, pair.memory, { ...(addon as NativeAddon), ...counted });
    const bounds = pair.put(Int32Array.of(0, 4000));
    kernels.gatherRows(0, 0, 0, 10, 64);
    kernels.gatherRows(0, 0, 0, 10_000, 16);
    kernels.gatherRows(0, 0, 0, 10_000, 64);
    kernels.sumBags(0, 0, bounds, 0, 0, 0, 1, 4, 0);
    kernels.sumBags(0, 0, bounds, 0, 0, 0, 1, 16, 0);
    const fold = (code: number, block: number, mode: number): void =>
      kernels.foldCoded(code, 0, 0, 0, 0, bounds, 0, 0, 0, 1, 16, block, mode);
    fold(0, 16, 0);
    fold(0, 16, 3);
    fold(1, 16, 0);
    fold(0, 8, 0);
    kernels.sumBags(0, 0, bounds, 0, 0, 0, 1, 2 ** 21, 0);
    kernels.foldCoded(0, 0, 0, 0, 0, bounds, 0, 0, 0, 1, 2 ** 21, 2 ** 21, 0);
    kernels.sumBags(0, 0, bounds, 0, 0, 0, 1, 2 ** 21 - 8, 0);
    expect(calls).toEqual([
      ...["gatherRows", "gatherRows", "native gatherRows", "sumBags", "native sumBags"],
      ...["native sumInt8Bags", "foldCoded", "foldCoded", "foldCoded"],
      ...["native sumBags, past the caches", "native sumInt8Bags, past the caches", "native sumBags"],
    ]);
    const real = withNative(wasm, pair.memory, addon as NativeAddon);
    expect(() => real.gatherRows(0, pair.bytes, 0, 10_000, 64)).toThrow(InternalError);
  });

  test("a backend with native kernels gives the bits of one without", async () => {
    const [withAddon, without] = await Promise.all([createCpuBackend({ kernels: "native" }), createCpuBackend({ kernels: "wasm" })]);
    onTestFinished(() => [withAddon, without].forEach((backend) => backend.dispose()));
    expect([withAddon.device, without.device]).toEqual(["WASM SIMD, shared memory, native kernels", "WASM SIMD, shared memory"]);
    const values = randomFloats(5000 * 48, 7);
    const ids = randomIntegers(40_000, 8, 0, 5000);
    const bounds = Int32Array.from({ length: 2500 }, (_, i) => i * 16);
    const results = await Promise.all(
      [withAddon, without].map(async (backend) => {
        const table = EmbeddingTable.from(values, { shape: [5000, 48], backend });
        const rows = await table.lookup(ids, { out: table.allocate(ids.length) });
        const bags = await table.lookupBags({ ids, offsets: bounds, mode: "mean" });
        await table.quantize("int8");
        return [rows.data, bags.data, (await table.lookupBags({ ids, offsets: bounds, mode: "sqrtn" })).data] as const;
      }),
    );
    for (const [i, data] of (results[0] ?? []).entries()) expect(farthest(data, results[1]?.[i] as Float32Array)).toBe(0);
  });
});

native("kernels of WASM alone", () => {
  test.each([
    ["wasm", 0],
    ["auto", 1],
  ] as const)("word vectors on %j load the addon %i times", async (kernels, times) => {
    const dlopen = vi.fn();
    vi.stubGlobal(
      "process",
      new Proxy(process, { get: (real, name) => (name === "dlopen" ? dlopen : Reflect.get(real, name)) as unknown }),
    );
    const plan = { words: 4, vectorSize: 4, window: 1, negatives: 1, bags: false, jobWords: 8, threads: 1 };
    await createWordVectorEngine(plan, kernels);
    expect(dlopen).toHaveBeenCalledTimes(times);
  });
});

describe("without the addon", () => {
  test.each([
    ["another runtime", () => vi.stubGlobal("Deno", {}), "not Node"],
    ["memory that is not shared", () => vi.stubGlobal("crossOriginIsolated", false), "not shared"],
    ["another system", () => vi.stubGlobal("process", { ...process, versions: process.versions, platform: "sunos" }), "sunos"],
  ])("%s is named, and WASM does the work", async (_name, stub, reason) => {
    stub();
    const wanted = createCpuBackend({ kernels: "native" });
    await expect(wanted).rejects.toThrow(BackendUnavailableError);
    await expect(wanted).rejects.toThrow(reason);
    const backend = await createCpuBackend();
    expect(backend.device).toMatch(/^WASM SIMD, (un)?shared memory$/);
    expect(backend.hardware?.passedOver).toEqual([expect.stringMatching(new RegExp(`^The native kernels: .*${reason}`)) as string]);
  });

  test("a runtime with a process but without its modules is none", () => {
    vi.stubGlobal("process", { ...process, versions: process.versions, getBuiltinModule: () => undefined });
    expect(findAddon()).toEqual({ lack: "this runtime is not Node" });
  });

  test.each([
    ["another version", { name: "@rowan/backend-cpu", version: "0.0.1" }],
    ["another package", { name: "prebuilt", version }],
    ["no package", {}],
  ])("a file of the same name in %s is not taken", (_name, manifest) => {
    const fs = { existsSync: () => true, readFileSync: () => JSON.stringify(manifest) };
    const real = process;
    const getBuiltinModule = (name: string): unknown => (name === "node:fs" ? fs : real.getBuiltinModule(name));
    vi.stubGlobal("process", { ...real, platform: "linux", arch: "x64", versions: real.versions, getBuiltinModule });
    expect(findAddon()).toEqual({
      lack: `the file prebuilds/linux-x64.node of @rowan/backend-cpu ${version} is not there, or may not be read`,
    });
  });

  test("native kernels without WASM are named", async () => {
    vi.stubGlobal("WebAssembly", undefined);
    await expect(createCpuBackend({ kernels: "native" })).rejects.toThrow('`kernels: "native"` needs');
  });

  test("a file that is no addon is named", () => {
    expect(loadAddon(import.meta.filename)).toEqual({ lack: expect.stringMatching(/does not load.*[^.]$/) as string });
  });
});
