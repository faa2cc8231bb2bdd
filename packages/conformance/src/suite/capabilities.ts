import { dtypes as allDtypes, hardwareOf } from "@rowan/api";
import { expect } from "vitest";
import { onBackend } from "./case.ts";
import type { Case, Group } from "./case.ts";

/** What a backend says that it can do, and whether it can. */
export const capabilities: Group = {
  name: "capabilities",
  cases: ({ syncRead, sharedTables, deterministic }) => [
    onBackend("float32, int32 and bool are there, each dtype once", ({ backend }) => {
      const { dtypes } = backend.capabilities;
      expect(dtypes).toEqual(expect.arrayContaining(["float32", "int32", "bool"]));
      expect(new Set(dtypes).size).toBe(dtypes.length);
      expect(allDtypes).toEqual(expect.arrayContaining([...dtypes]));
    }),
    onBackend("the largest table has a size", ({ backend }) => expect(backend.capabilities.maxTableBytes).toBeGreaterThan(0)),
    onBackend("the hardware is called what it is", ({ backend }) => {
      const { kind, software, memoryBytes = 1 } = hardwareOf(backend);
      expect(["cpu", "gpu"]).toContain(kind);
      // Only a GPU can be played by a program.
      expect(kind === "cpu" && software).toBe(false);
      expect(memoryBytes).toBeGreaterThan(0);
    }),
    onBackend("readSync is there exactly when it is promised", ({ backend }) => expect(backend.readSync !== undefined).toBe(syncRead)),
    onBackend("lookups of computed ids need synchronous reads", ({ backend }) =>
      expect(backend.capabilities.syncRows && !syncRead).toBe(false),
    ),
    ...(syncRead ? [readSyncCase()] : []),
    hostViewCase(),
    sharedCase(sharedTables),
    ...(deterministic ? [deterministicCase()] : []),
  ],
};

function readSyncCase(): Case {
  return onBackend("readSync reads what read reads", async (session) => {
    const { backend } = session;
    const x = session.keep(backend.unary("square", session.floats([37])), [37]);
    const values = backend.readSync?.(x, 3, 30);
    expect(values).toEqual(await backend.read(x, 3, 30));
    values?.fill(0);
    expect(backend.readSync?.(x, 3, 30)).toEqual(await backend.read(x, 3, 30));
  });
}

function hostViewCase(): Case {
  return onBackend("a host view, where there is one, shows the memory until it is freed", async (session) => {
    const { backend } = session;
    const into = session.zeros([19, 7]);
    const view = backend.hostView?.(into);
    if (view === undefined) return;
    // Enough to make a memory grow, after which views of it would be gone.
    session.zeros([2_000_003]);
    const source = session.floats([101, 7]);
    backend.gather(source, session.ids(session.random.ids(19, 101)), into.handle);
    const rows = await session.read(into);
    expect(rows.some((value) => value !== 0)).toBe(true);
    expect(Array.from(view)).toEqual(Array.from(rows));
  });
}

function sharedCase(sharedTables: boolean): Case {
  return onBackend("segments hold a tensor's rows for other threads exactly where tables are shared", async (session) => {
    const { backend } = session;
    const [rows, dim] = [101, 7];
    const table = session.floats([rows, dim]);
    const segments = backend.share?.(table);
    expect(segments !== undefined).toBe(sharedTables);
    if (!segments) return;
    const seen: number[] = [];
    let next = 0;
    for (const segment of segments) {
      const { buffer } = segment.memory as { buffer: ArrayBufferLike };
      expect(buffer instanceof ArrayBuffer, "the memory is shared").toBe(false);
      expect(segment.firstRow).toBe(next);
      next += segment.rows;
      seen.push(...new Float32Array(buffer, segment.byteOffset, segment.rows * dim));
      const beside = backend.allocateBeside?.(segment, 96);
      expect(backend.share?.({ handle: beside as object, shape: [96], dtype: "uint8" })?.[0]?.memory).toBe(segment.memory);
      backend.free(beside as object);
    }
    expect(next).toBe(rows);
    expect(seen).toEqual(Array.from(await session.read(table)));
  });
}

function deterministicCase(): Case {
  return onBackend("the same calls give the same bits", async (session) => {
    const { backend } = session;
    const [x, ids, offsets] = [session.floats([997, 9]), session.ids(session.random.ids(5003, 997)), session.ids([0, 2, 5003])];
    const run = async (): Promise<readonly unknown[]> => {
      const sums = session.keep(backend.gatherReduce({ source: x, ids, offsets, mode: "sum" }), [2, 9]);
      const product = session.keep(backend.matmul(x, x, true, false), [9, 9]);
      const total = session.keep(backend.reduce("sum", x, [0, 1]), []);
      return Promise.all([sums, product, total].map((tensor) => session.read(tensor)));
    };
    expect(await run()).toEqual(await run());
  });
}
