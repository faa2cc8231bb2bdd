import { createTypedArray } from "@rowan/api";
import type { DType, TypedArray } from "@rowan/api";
import type { Kernels, WasmKernels } from "../kernels.ts";
import { plainKernels } from "../kernels/plain.ts";
import { PlainStorage } from "../plain-storage.ts";
import type { Block, Storage } from "../storage.ts";
import { WasmStorage } from "../wasm-storage.ts";
import { instantiateKernels } from "../wasm/instantiate.ts";
import { webAssembly } from "../wasm/web-assembly.ts";
import type { WasmMemory } from "../wasm/web-assembly.ts";

/** One form of the kernels, with memory to try them in. */
export interface Rig<F, I, U> {
  readonly kernels: Kernels<F, I, U>;
  /** A block that holds these values. */
  readonly put: (values: TypedArray) => Block<F, I, U>;
  /** A block of so many bytes, full of a pattern that no kernel may leave where it should write. */
  readonly room: (bytes: number) => Block<F, I, U>;
}

/** Calls kernels and says where the result is. The same text runs on both forms. */
export type Scenario = <F, I, U>(rig: Rig<F, I, U>) => Block<F, I, U>;

/** Bytes behind each block that no kernel may touch. */
const fence = 32;
const pattern = 0xa5;

const maximumPages = 4096;
let started: Promise<{ kernels: WasmKernels; memory: WasmMemory }> | undefined;

/** One instance for all scenarios of a file: each takes the memory from its start. */
async function start(): Promise<{ kernels: WasmKernels; memory: WasmMemory }> {
  const api = webAssembly();
  if (!api) throw new TypeError("these tests need WebAssembly");
  const memory = new api.Memory({ initial: 1, maximum: maximumPages, shared: false });
  return { kernels: await instantiateKernels(memory), memory };
}

/**
 * Runs a scenario on the plain kernels and on the WASM kernels, and checks that neither wrote behind a block.
 *
 * @param dtype - How to read the result.
 * @param length - Elements of the result.
 * @param scenario - What to run.
 * @returns Both results.
 */
export async function onBoth(dtype: DType, length: number, scenario: Scenario): Promise<{ plain: TypedArray; wasm: TypedArray }> {
  const plain = run(plainKernels, new PlainStorage(2 ** 30), dtype, length, scenario);
  const { kernels, memory } = await (started ??= start());
  const wasm = run(kernels, new WasmStorage(memory, maximumPages), dtype, length, scenario);
  return { plain, wasm };
}

function run<F, I, U>(kernels: Kernels<F, I, U>, storage: Storage<F, I, U>, dtype: DType, length: number, scenario: Scenario): TypedArray {
  const blocks: [block: Block<F, I, U>, bytes: number][] = [];
  const room = (bytes: number): Block<F, I, U> => {
    const block = storage.allocate(bytes + fence);
    storage.view(block, "uint8", 0, bytes + fence).fill(pattern);
    blocks.push([block, bytes]);
    return block;
  };
  const put = (values: TypedArray): Block<F, I, U> => {
    const block = room(values.byteLength);
    storage
      .view(block, "uint8", 0, values.byteLength)
      .set(new Uint8Array(values.buffer as ArrayBuffer, values.byteOffset, values.byteLength));
    return block;
  };
  const result = scenario({ kernels, put, room });
  for (const [block, bytes] of blocks) {
    if (storage.view(block, "uint8", bytes, fence).some((byte) => byte !== pattern)) throw new RangeError("a kernel wrote behind a block");
  }
  const out = createTypedArray(dtype, length);
  out.set(storage.view(result, dtype, 0, length));
  return out;
}

/**
 * How far apart two float32 numbers are, in steps from one to the next; 0 for two NaN, and for zeros of any sign.
 *
 * @param a - One number.
 * @param b - The other.
 * @returns Steps, or Infinity when only one is NaN.
 */
export function ulps(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) && Number.isNaN(b) ? 0 : Infinity;
  return Math.abs(ordinal(a) - ordinal(b));
}

const word = new DataView(new ArrayBuffer(4));

function ordinal(x: number): number {
  word.setFloat32(0, x);
  const bits = word.getInt32(0);
  return bits < 0 ? -(bits & 0x7fffffff) : bits;
}

/**
 * The largest distance between two float32 arrays.
 *
 * @param a - One array.
 * @param b - Another of the same length.
 * @returns Steps, as `ulps` counts them.
 */
export function farthest(a: TypedArray, b: TypedArray): number {
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, ulps(a[i] as number, b[i] as number));
  return most;
}

/**
 * A repeatable source of numbers.
 *
 * @param seed - Any integer.
 * @returns A function that gives the next number in [0, 1).
 */
export function randomNumbers(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5) | 0;
    return ((state ^ (state >>> 13)) >>> 0) / 2 ** 32;
  };
}

/**
 * Random float32 values.
 *
 * @param length - How many.
 * @param seed - Any integer.
 * @param scale - They lie between `-scale` and `scale`.
 * @returns The values.
 */
export function randomFloats(length: number, seed: number, scale = 2): Float32Array {
  const next = randomNumbers(seed);
  return Float32Array.from({ length }, () => (next() * 2 - 1) * scale);
}

/**
 * Random int32 values.
 *
 * @param length - How many.
 * @param seed - Any integer.
 * @param low - The least.
 * @param high - One more than the largest.
 * @returns The values.
 */
export function randomIntegers(length: number, seed: number, low: number, high: number): Int32Array {
  const next = randomNumbers(seed);
  return Int32Array.from({ length }, () => low + Math.floor(next() * (high - low)));
}
