import { InternalError, OutOfMemoryError } from "@rowan/api";
import type { Backend, CatchUpGatherArgs, Handle, TensorRef } from "@rowan/api";
import { describe, expect, test, vi } from "vitest";
import { createCpuBackend } from "../index.ts";
import { openAddon } from "../native-addon.ts";
import { webAssembly } from "../wasm/web-assembly.ts";
import type { WasmMemory } from "../wasm/web-assembly.ts";

function table(backend: Backend, rows: number, dim: number): TensorRef {
  const shape = [rows, dim];
  return { handle: (backend.allocateRows as Required<Backend>["allocateRows"])("float32", shape), shape, dtype: "float32" };
}

/** A runtime whose memories end at so many pages, and which gives only so many of them. */
function stubMemories(mostPages: number, most = Infinity): void {
  const api = webAssembly() as NonNullable<ReturnType<typeof webAssembly>>;
  let made = 0;
  const Memory = function (descriptor: { initial: number; maximum: number; shared: boolean }): WasmMemory {
    if (descriptor.maximum > mostPages || made >= most) throw new RangeError("could not allocate memory");
    made++;
    return new api.Memory(descriptor);
  };
  vi.stubGlobal("WebAssembly", { Memory, Instance: api.Instance, instantiate: api.instantiate.bind(api) });
}

const form = { kernels: "wasm", shared: true, segmentBytes: 1000 } as const;

const rule = { kind: "adam", stepSize: 0.1, beta1: 0.9, beta2: 0.99, epsilon: 1e-7, amsgrad: false, decay: 1 } as const;

function tensorOf(backend: Backend, data: Float32Array | Int32Array, shape = [data.length]): TensorRef {
  const dtype = data instanceof Int32Array ? "int32" : "float32";
  const tensor: TensorRef = { handle: backend.allocate(dtype, data.length), shape, dtype };
  backend.write(tensor, data, 0);
  return tensor;
}

/** A table and slots of 0.5 in segments of 31 rows. */
function halves(backend: Backend): [TensorRef, ...TensorRef[]] {
  const tensors = Array.from({ length: 3 }, () => table(backend, 100, 8)) as [TensorRef, ...TensorRef[]];
  for (const tensor of tensors) backend.fill?.(tensor, 0.5);
  return tensors;
}

async function expectHalves(backend: Backend, tensors: readonly TensorRef[]): Promise<void> {
  for (const tensor of tensors) expect(new Set(await backend.read(tensor, 0, 800))).toEqual(new Set([0.5]));
}

/** What a lookup of one row, at so many places, needs to bring it up to date. */
function lateLookup(
  backend: Backend,
  [target, ...slots]: readonly [TensorRef, ...TensorRef[]],
  id: number,
  places: number,
): CatchUpGatherArgs {
  return {
    rule,
    target,
    slots,
    ids: tensorOf(backend, Int32Array.of(id)),
    factors: tensorOf(backend, Float32Array.of(0.5, 0.5, 0.5), [1, 3]),
    groups: tensorOf(backend, Int32Array.of(0)),
    places: tensorOf(backend, new Int32Array(places).fill(id)),
    unique: tensorOf(backend, Int32Array.of(id)),
    offsets: tensorOf(backend, Int32Array.of(0, places)),
    positions: tensorOf(
      backend,
      Int32Array.from({ length: places }, (_, i) => i),
    ),
  };
}

describe("segments", () => {
  test("end between rows, and a row that is longer than a segment stays whole", async () => {
    const backend = await createCpuBackend(form);
    const places = (rows: number, dim: number): unknown =>
      backend.share?.(table(backend, rows, dim))?.map((one) => [one.firstRow, one.rows]);
    // Rows of 28 bytes: 35 of them, not 35.7.
    expect(places(80, 7)).toEqual([
      [0, 35],
      [35, 35],
      [70, 10],
    ]);
    expect(places(2, 300)).toEqual([
      [0, 1],
      [1, 1],
    ]);
    expect(places(10, 25)).toEqual([[0, 10]]);
    backend.dispose();
  });

  test("can be seen by other threads, with memory beside them", async () => {
    const backend = await createCpuBackend(form);
    const rows = table(backend, 100, 5);
    backend.write(
      rows,
      Float32Array.from({ length: 500 }, (_, i) => i),
      0,
    );
    const [, second] = backend.share?.(rows) ?? [];
    if (!second) throw new Error("two segments were expected");
    const memory = second.memory as WasmMemory;
    expect(new Float32Array(memory.buffer, second.byteOffset, 2)).toEqual(Float32Array.of(250, 251));
    const beside = backend.allocateBeside?.(second, 64);
    if (!beside) throw new Error("memory beside a segment was expected");
    const [place] = backend.share?.({ handle: beside, shape: [16], dtype: "float32" }) ?? [];
    expect(place?.memory).toBe(memory);
    // The table can go first: what lies beside it stays.
    backend.free(rows.handle);
    expect(backend.memory()).toEqual({ buffers: 1, bytes: 64 });
    backend.free(beside);
    expect(backend.memory()).toEqual({ buffers: 0, bytes: 0 });
  });

  test("are zero again where others were before, and are freed once", async () => {
    const backend = await createCpuBackend(form);
    for (let round = 0; round < 3; round++) {
      const rows = table(backend, 200, 5 + round);
      expect(backend.readSync?.(rows, 0, 200 * (5 + round)).every((value) => value === 0)).toBe(true);
      backend.fill?.(rows, 3);
      backend.free(rows.handle);
      expect(() => backend.free(rows.handle)).toThrow(InternalError);
    }
    expect(backend.memory()).toEqual({ buffers: 0, bytes: 0 });
  });

  test("take what does not fit beside other tables, and large tables leave room for results", async () => {
    stubMemories(256);
    const backend = await createCpuBackend({ kernels: "wasm" });
    const count = (tensor: TensorRef): number | undefined => backend.share?.(tensor)?.length;
    const first = table(backend, 2 ** 15, 100);
    expect(count(first)).toBe(1);
    const second = table(backend, 2 ** 14, 100);
    expect(count(second)).toBe(1);
    // Two MiB are left in the first memory of 16, but not for a table.
    const memories = [first, second].map((tensor) => backend.share?.(tensor)?.[0]?.memory);
    expect(memories[0]).not.toBe(memories[1]);
    expect(backend.unary("square", { ...first, handle: first.handle, shape: [2 ** 18, 1] })).toBeDefined();
  });

  test("that cannot all be had leave nothing behind", async () => {
    stubMemories(65_536, 3);
    const backend = await createCpuBackend(form);
    expect(() => table(backend, 100, 10)).toThrow(OutOfMemoryError);
    expect(backend.memory()).toEqual({ buffers: 0, bytes: 0 });
    expect(backend.share?.(table(backend, 50, 10))?.length).toBe(2);
  });

  test.runIf(openAddon().addon)("that a lookup brings up to date stay as they are where there is no memory for its result", async () => {
    const backend = await createCpuBackend({ segmentBytes: 1000, maximumBytes: 2_000_000 });
    const tensors = halves(backend);
    const args = lateLookup(backend, tensors, 3, 100_000);
    const memory = backend.memory();
    expect(() => backend.catchUpGather?.(args)).toThrow(OutOfMemoryError);
    expect(backend.memory()).toEqual(memory);
    await expectHalves(backend, tensors);
  });
});

describe("rows in several segments, one of which has no memory left to work in", () => {
  /** Three pieces, of rows in three segments. */
  const all = Int32Array.from({ length: 70 }, (_, i) => i);

  /** Takes all the memory that there is beside the third segment, the smallest pieces last. */
  function crowd(backend: Backend, tensor: TensorRef): Handle[] {
    const segment = backend.share?.(tensor)?.[2];
    if (!segment || !backend.allocateBeside) throw new Error("segments were expected");
    const taken: Handle[] = [];
    for (let bytes = 1 << 20; bytes >= 64;) {
      try {
        taken.push(backend.allocateBeside(segment, bytes));
      } catch {
        bytes /= 2;
      }
    }
    return taken;
  }

  test.each([0, 1, 2])("are none of them brought up to date (tensor %i)", async (which) => {
    const backend = await createCpuBackend({ ...form, maximumBytes: 2_000_000 });
    const tensors = halves(backend);
    const [target, ...slots] = tensors;
    const factors = tensorOf(backend, Float32Array.of(0.5, 0.5, 0.5), [1, 3]);
    const some = { ids: tensorOf(backend, all.slice(0, 62)), groups: tensorOf(backend, new Int32Array(62)) };
    const args = { rule, target, slots, factors, ids: tensorOf(backend, all), groups: tensorOf(backend, new Int32Array(all.length)) };
    crowd(backend, tensors[which] as TensorRef);
    const memory = backend.memory();
    expect(() => backend.catchUp?.(args)).toThrow(OutOfMemoryError);
    await expectHalves(backend, tensors);
    // Rows of the segments before have their room.
    backend.catchUp?.({ ...args, ...some });
    expect((await backend.read(target, 0, 800))[0]).not.toBe(0.5);
    expect(backend.memory()).toEqual(memory);
    backend.dispose();
  });

  test.runIf(openAddon().addon)("stay as they are where a lookup of them finds no memory", async () => {
    const backend = await createCpuBackend({ segmentBytes: 1000, maximumBytes: 2_000_000 });
    const tensors = halves(backend);
    const [target] = tensors;
    const args = lateLookup(backend, tensors, 65, 30);
    const beside = crowd(backend, target);
    const memory = (): number => backend.memory().bytes;
    // Memory is given back bit by bit: until it is enough for the row itself, and then for all places of the lookup.
    let failed = 0;
    for (let full = memory(); ; full = memory()) {
      try {
        backend.catchUpGather?.(args);
        break;
      } catch (error) {
        expect(error).toBeInstanceOf(OutOfMemoryError);
        expect(memory()).toBe(full);
        await expectHalves(backend, tensors);
        failed++;
        backend.free(beside.pop() as Handle);
      }
    }
    expect(failed).toBeGreaterThan(2);
    expect((await backend.read(target, 65 * 8, 1))[0]).not.toBe(0.5);
    backend.dispose();
  });

  test("are none of them updated, nor set", async () => {
    const backend = await createCpuBackend({ ...form, maximumBytes: 2_000_000 });
    const tensors = halves(backend);
    const [target, ...slots] = tensors;
    const [ids, rows] = [tensorOf(backend, all), tensorOf(backend, new Float32Array(560).fill(1), [70, 8])];
    crowd(backend, target);
    const memory = backend.memory();
    expect(() => {
      backend.update({ rule, target, slots, gradient: rows, ids });
    }).toThrow(OutOfMemoryError);
    expect(() => {
      backend.scatter(target, ids, rows);
    }).toThrow(OutOfMemoryError);
    await expectHalves(backend, tensors);
    expect(backend.memory()).toEqual(memory);
    backend.dispose();
  });
});

describe("the limit", () => {
  test("is the memory of the machine, and what the process may have of it", async () => {
    /**
     * The limit where `process` is another. It is looked at before the backend is waited for, and only so long is it another: Vitest, which
     * talks to its own process by `process.nextTick`, would wait for an answer for ever.
     */
    const limitWith = async (other: object | undefined): Promise<number> => {
      vi.stubGlobal("process", other);
      const making = createCpuBackend();
      vi.unstubAllGlobals();
      return (await making).capabilities.maxTableBytes;
    };
    const totalmem = { getBuiltinModule: () => ({ totalmem: () => 2 ** 34 }) };
    expect(await limitWith({ ...process, ...totalmem, constrainedMemory: () => 2 ** 33 })).toBe(2 ** 33);
    expect(await limitWith({ ...totalmem, constrainedMemory: () => 0 })).toBe(2 ** 34);
    expect(await limitWith(undefined)).toBe(Infinity);
    const refuse = (): never => {
      throw new Error("Requires sys access");
    };
    expect(await limitWith({ getBuiltinModule: () => ({ totalmem: refuse }) })).toBe(Infinity);
  });

  test("counts segments and the first memory together", async () => {
    const backend = await createCpuBackend({ ...form, maximumBytes: 4_000_000 });
    backend.allocate("uint8", 3_000_000);
    expect(() => backend.allocate("uint8", 1_500_000)).toThrow("bytes=1500000, with 3000000 bytes in use and a limit of 4000000 bytes");
    expect(() => backend.allocate("uint8", 1_500_000)).toThrow(OutOfMemoryError);
  });
});
