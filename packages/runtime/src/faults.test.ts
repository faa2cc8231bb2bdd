import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { setFlagsFromString } from "node:v8";
import type { Worker } from "node:worker_threads";
import { DisposedError, IndexOutOfRangeError, NDArray, QueueFullError, TimeoutError, WorkerError } from "@rowan/api";
import type { Backend, EmbeddingTable } from "@rowan/api";
import { createCpuBackend } from "@rowan/backend-cpu";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { LookupPool } from "./index.ts";
import type { PoolOptions } from "./index.ts";
import { countingTable, faultyWorker, sameBits, someIds } from "./testing/helpers.ts";

let backend: Backend;
let table: EmbeddingTable;
const folders: string[] = [];
const pools: LookupPool[] = [];
const ids = someIds(60_000, 3000);
let expected: Float32Array;

beforeAll(async () => {
  backend = await createCpuBackend({ maximumBytes: 2 ** 28 });
  table = countingTable(backend, 3000, 32);
  expected = (await table.lookup(ids)).data as Float32Array;
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all(pools.splice(0).map((pool) => pool.close({ abort: true })));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

afterAll(() => backend.dispose());

/** A pool whose workers fail so often at what they begin, and do all of the work unless it is said otherwise. */
async function faulty(kind: string, times: number, options: PoolOptions = {}): Promise<LookupPool> {
  const folder = mkdtempSync(join(tmpdir(), "rowan-fault-"));
  folders.push(folder);
  vi.stubEnv("ROWAN_TEST_FAULT", `${kind}:${times}:${folder}`);
  const all = { threads: 2, threshold: 0, callerWorks: false };
  const pool = await LookupPool.create(table, { ...all, workerUrl: faultyWorker("fault"), ...options });
  pools.push(pool);
  return pool;
}

/** Looks up into poisoned memory: a row that nobody wrote would be NaN. */
async function lookupPoisoned(pool: LookupPool): Promise<boolean> {
  const out = pool.allocate(ids.length);
  out.data.fill(NaN);
  try {
    await pool.lookup(ids, { out });
    return sameBits(out.data, expected);
  } finally {
    out.dispose();
  }
}

/**
 * Looks up until a worker of a faulty pool hangs; how the last call ended. Before a worker begins, a call may be done without it, or be
 * over its limit on a busy machine.
 */
async function lookupUntilHung(pool: LookupPool, timeout: number): Promise<unknown> {
  const told = join(folders.at(-1) as string, "0");
  let ended: unknown;
  while (!existsSync(told)) {
    ended = await pool.lookup(ids, { timeout }).catch((error: unknown) => error);
  }
  return ended;
}

describe.each(["throw", "exit"])("a worker that does %s in the middle of a batch", (kind) => {
  it("has its part done again by another one", async () => {
    const pool = await faulty(kind, 1);
    expect(await lookupPoisoned(pool)).toBe(true);
    expect(await lookupPoisoned(pool)).toBe(true);
    expect(pool.stats()).toMatchObject({ batches: 2, failures: 0 });
    if (kind === "exit") await vi.waitFor(() => expect(pool.stats().restarts).toBe(1));
  });

  it("makes the call reject where it happens again and again, and the pool stays usable", async () => {
    const pool = await faulty(kind, 6, { retries: 0, threads: 1 });
    const call = lookupPoisoned(pool);
    await expect(call).rejects.toThrow(WorkerError);
    await expect(call).rejects.toThrow(kind === "throw" ? /a fault of the test/ : /exited with code: 7/);
    for (let i = 0; i < 5; i++) await expect(lookupPoisoned(pool)).rejects.toThrow(WorkerError);
    expect(await lookupPoisoned(pool)).toBe(true);
    expect(pool.stats()).toMatchObject({ batches: 1, failures: 6, queueDepth: 0 });
  });
});

it("survives a worker that runs out of memory", async () => {
  // For the threads that begin from here on: to fill the gigabytes that they have otherwise takes up to a minute.
  setFlagsFromString("--max-old-space-size=64");
  try {
    const pool = await faulty("memory", 1);
    expect(await lookupPoisoned(pool)).toBe(true);
    expect(pool.stats()).toMatchObject({ batches: 1, failures: 0 });
    await vi.waitFor(() => expect(pool.stats().restarts).toBe(1), { timeout: 10_000 });
  } finally {
    setFlagsFromString("--max-old-space-size=0");
  }
}, 60_000);

it("is right or rejects when workers end a hundred times during lookups, and leaks nothing", async () => {
  const pool = await faulty("exit", 100, { retries: 3 });
  const before = backend.memory();
  let [right, rejected] = [0, 0];
  for (let i = 0; i < 400 && right < 3; i++) {
    const results = await Promise.allSettled([lookupPoisoned(pool), lookupPoisoned(pool)]);
    for (const result of results) {
      if (result.status === "fulfilled") {
        expect(result.value).toBe(true);
        right++;
      } else {
        expect(result.reason).toBeInstanceOf(WorkerError);
        rejected++;
      }
    }
  }
  expect(right).toBeGreaterThanOrEqual(3);
  expect(right + rejected).toBeGreaterThan(3);
  expect(backend.memory()).toEqual(before);
  await vi.waitFor(() => expect(pool.stats().restarts).toBeGreaterThanOrEqual(98), { timeout: 10_000 });
}, 120_000);

describe("a thread that is terminated from outside", () => {
  const threads = new Set<Worker>();
  const watch = (worker: Worker): void => {
    threads.add(worker);
    worker.once("exit", () => threads.delete(worker));
  };

  beforeAll(() => void process.on("worker", watch));
  afterAll(() => void process.off("worker", watch));

  it("in the midst of a slice, a hundred times: the slice is done again, or the call rejects", async () => {
    const pool = await faulty("hang", 100, { callerWorks: true, threads: 3, retries: 3 });
    const folder = folders.at(-1) as string;
    const before = backend.memory();
    /** The thread that hangs in a slice for the nth time, once there is one. */
    const hanging = (time: number): Worker | undefined => {
      const told = join(folder, String(time));
      const number = existsSync(told) ? readFileSync(told, "utf8") : "";
      return [...threads].find(({ threadId }) => number === `${threadId};`);
    };
    let [kills, right] = [0, 0];
    while (kills < 100) {
      let ended = false;
      const isOver = (): boolean => ended;
      const call = Promise.allSettled([lookupPoisoned(pool)]).finally(() => (ended = true));
      while (!isOver()) {
        const victim = hanging(kills);
        if (victim) kills++;
        if (victim) await victim.terminate();
        else await new Promise((resolve) => setTimeout(resolve, 1));
      }
      const [result] = await call;
      if (result.status === "rejected") expect(result.reason).toBeInstanceOf(WorkerError);
      else expect(result.value).toBe(true);
      right += result.status === "fulfilled" ? 1 : 0;
    }
    expect(kills).toBe(100);
    expect(right).toBeGreaterThan(0);
    expect(await lookupPoisoned(pool)).toBe(true);
    expect(backend.memory()).toEqual(before);
  }, 120_000);

  it("while it writes rows, whenever that is: the call is right, or rejects", async () => {
    const pool = await faulty("none", 0, { retries: 3 });
    const many = someIds(400_000, 3000, 7);
    const rows = (await table.lookup(many)).data as Float32Array;
    const out = pool.allocate(many.length);
    let right = 0;
    for (let time = 0; time < 100; time++) {
      out.data.fill(NaN);
      const call = Promise.allSettled([pool.lookup(many, { out })]);
      await new Promise((resolve) => setTimeout(resolve, time % 5));
      await [...threads][time % 2]?.terminate();
      const [result] = await call;
      if (result.status === "rejected") expect(result.reason).toBeInstanceOf(WorkerError);
      else {
        expect(sameBits(out.data, rows)).toBe(true);
        right++;
      }
    }
    expect(right).toBeGreaterThan(50);
    out.dispose();
  }, 120_000);
});

describe("a pool whose calling thread works too", () => {
  it.each(["throw", "exit"])(
    "does what a worker gave up by its %s, and is right a hundred times",
    async (kind) => {
      const pool = await faulty(kind, 100, { callerWorks: true, threads: 3, retries: 3 });
      const before = backend.memory();
      let rejected = 0;
      for (let i = 0; i < 100; i++) {
        const [result] = await Promise.allSettled([lookupPoisoned(pool)]);
        if (result.status === "fulfilled") expect(result.value).toBe(true);
        else expect(result.reason).toBeInstanceOf(WorkerError);
        rejected += result.status === "rejected" ? 1 : 0;
      }
      expect(rejected).toBeLessThan(50);
      expect(pool.stats()).toMatchObject({ failures: rejected, batches: 100 - rejected, queueDepth: 0 });
      expect(backend.memory()).toEqual(before);
      expect(await lookupPoisoned(pool)).toBe(true);
    },
    60_000,
  );

  it("ends at its limit and at its signal, and looks after its events meanwhile", async () => {
    const pool = await faulty("hang", 1, { callerWorks: true });
    expect(await lookupUntilHung(pool, 200)).toBeInstanceOf(TimeoutError);
    const many = someIds(2_000_000, 3000);
    const out = pool.allocate(many.length);
    const controller = new AbortController();
    // At its first turn: how many turns a call has depends on how fast its rows come.
    setImmediate(() => controller.abort(new Error("the user left")));
    await expect(pool.lookup(many, { out, signal: controller.signal })).rejects.toThrow("the user left");
    out.dispose();
    expect(await lookupPoisoned(pool)).toBe(true);
  });

  it("names an invalid id that it meets while workers are at work, and its place", async () => {
    const pool = await faulty("none", 0, { callerWorks: true });
    const wrong = ids.slice();
    wrong[59_999] = 3000;
    const out = pool.allocate(ids.length);
    await expect(pool.lookup(wrong, { out })).rejects.toThrow(IndexOutOfRangeError);
    await expect(pool.lookup(new NDArray(wrong, [100, 600]), { out })).rejects.toThrow(/\[99, 599\]/);
    out.dispose();
    expect(pool.stats()).toMatchObject({ failures: 2, queueDepth: 0 });
    expect(await lookupPoisoned(pool)).toBe(true);
  });
});

describe("a call that takes too long", () => {
  it("rejects with its limit, also where a worker hangs, whose thread is replaced", async () => {
    const pool = await faulty("hang", 1);
    expect(await lookupUntilHung(pool, 50)).toBeInstanceOf(TimeoutError);
    expect(await lookupPoisoned(pool)).toBe(true);
  });

  it("rejects with the reason of its signal, before and during the work", async () => {
    const pool = await faulty("slow", 2);
    const reason = new Error("the user left");
    await expect(pool.lookup(ids, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const controller = new AbortController();
    const call = pool.lookup(ids, { signal: controller.signal });
    setTimeout(() => controller.abort(reason), 20);
    await expect(call).rejects.toBe(reason);
    expect(await lookupPoisoned(pool)).toBe(true);
    expect(pool.stats()).toMatchObject({ restarts: 0, queueDepth: 0 });
  });
});

describe("a pool with more calls than it takes", () => {
  it("lets them wait in order", async () => {
    const pool = await faulty("slow", 2, { maxQueue: 1 });
    const order: number[] = [];
    await Promise.all([0, 1, 2].map((call) => pool.lookup(ids.subarray(0, 5000)).then(() => order.push(call))));
    expect(order).toEqual([0, 1, 2]);
  });

  it("refuses them when it was told so, and stops waiting when it is told so", async () => {
    const refusing = await faulty("slow", 2, { maxQueue: 1, whenFull: "reject" });
    const first = refusing.lookup(ids);
    await expect(refusing.lookup(ids)).rejects.toThrow(QueueFullError);
    await first;
    const waiting = await faulty("slow", 2, { maxQueue: 1 });
    const slow = waiting.lookup(ids);
    await expect(waiting.lookup(ids, { timeout: 20 })).rejects.toThrow(TimeoutError);
    await slow;
    expect(waiting.stats()).toMatchObject({ batches: 1, failures: 1, queueDepth: 0 });
  });
});

describe("a stream in a pool that refuses calls", () => {
  const part = ids.subarray(0, 5000);
  const countOf = async (rows: AsyncIterable<unknown>, afterFirst?: () => void): Promise<number> => {
    let seen = 0;
    for await (const _ of rows) if (seen++ === 0) afterFirst?.();
    return seen;
  };

  it.each([false, true])("is not refused by its own batches, however far ahead it asks (reuse: %s)", async (reuse) => {
    const pool = await faulty("slow", 2, { maxQueue: 1, whenFull: "reject" });
    const rows = pool.lookupStream([part, part, part, part], { ahead: 5, reuse });
    expect(await countOf(rows)).toBe(4);
    expect(pool.stats()).toMatchObject({ batches: 4, failures: 0, queueDepth: 0 });
  });

  it("keeps its batches' turn, while calls of others are refused, and is refused by these", async () => {
    const pool = await faulty("slow", 2, { maxQueue: 1, whenFull: "reject" });
    let other: Promise<unknown> = Promise.resolve();
    const rows = pool.lookupStream([part, part, part], { ahead: 3 });
    const askToo = (): void => {
      other = expect(pool.lookup(part)).rejects.toThrow(QueueFullError);
    };
    expect(await countOf(rows, askToo)).toBe(3);
    await other;
    const long = pool.lookup(ids);
    await expect(pool.lookupStream([part]).next()).rejects.toThrow(QueueFullError);
    await long;
    expect(pool.stats()).toMatchObject({ queueDepth: 0 });
  });
});

describe("close", () => {
  it("waits for calls at work, or ends them when it is told so, and refuses further ones", async () => {
    const pool = await faulty("slow", 2);
    const call = lookupPoisoned(pool);
    await pool.close();
    expect(await call).toBe(true);
    await expect(pool.lookup([1])).rejects.toThrow(DisposedError);
    const other = await faulty("slow", 2);
    const ended = other.lookup(ids);
    const closed = other.close({ abort: true });
    await expect(ended).rejects.toThrow(DisposedError);
    await closed;
    await closed;
  });
});

it("says what to do where the worker's program is not there", async () => {
  const created = LookupPool.create(table, { threads: 2, threshold: 0, workerUrl: faultyWorker("no-such-file") });
  await expect(created).rejects.toThrow(WorkerError);
  await expect(created).rejects.toThrow(/workerUrl/);
});

describe("a process", () => {
  const program = (body: string): string => `
    import { EmbeddingTable, setBackend } from "@rowan/api";
    import { createCpuBackend } from "@rowan/backend-cpu";
    import { LookupPool } from "@rowan/runtime";
    setBackend(await createCpuBackend());
    const table = EmbeddingTable.create({ inputDim: 1000, outputDim: 8 });
    const pool = await LookupPool.create(table, { threads: 3, threshold: 0 });
    await pool.lookup([1, 2, 3]);
    ${body}`;
  const run = ["--input-type=module", "-e"];
  const cwd = new URL("..", import.meta.url);
  // The bundles, not the sources that the test itself runs on.
  const env = { ...process.env, NODE_OPTIONS: "" };

  it("ends by itself with a pool that was never closed", async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [...run, program('console.log("done")')], { cwd, env });
    expect(stdout.trim()).toBe("done");
  });

  it("ends at SIGTERM with a pool at work, and has no thread left after close", async () => {
    const child = spawn(process.execPath, [...run, program('console.log("open"); for (;;) await pool.lookup(new Int32Array(1e6))')], {
      cwd,
      env,
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    child.kill("SIGTERM");
    const [code, signal] = (await once(child, "exit")) as [number | null, string | null];
    expect([code, signal]).toEqual([null, "SIGTERM"]);
    const threads = 'import { readdirSync } from "node:fs"; const count = () => readdirSync("/proc/self/task").length;';
    const body = `const open = count(); await pool.close(); console.log(open - count());`;
    if (process.platform !== "linux") return;
    const { stdout } = await promisify(execFile)(process.execPath, [...run, threads + program(body)], { cwd, env });
    expect(Number(stdout)).toBe(2);
  });
});
