import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import type { Worker } from "node:worker_threads";
import { WorkerError } from "@rowan/api";
import type { WasmKernels } from "@rowan/backend-cpu";
import { afterEach, describe, expect, it } from "vitest";
import { faultyWorker } from "./testing/helpers.ts";
import { ThreadTeam } from "./thread-team.ts";

declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Memory: new (options: { initial: number; maximum: number; shared: true }) => { readonly buffer: SharedArrayBuffer };
};

const teams: ThreadTeam[] = [];
afterEach(() => Promise.all(teams.splice(0).map((team) => team.end())));

const faults = { "ends at its start": 1, "ends in its part": 2, "throws in its part": 3, "runs out of memory": 4, "ends later": 5 };

async function startTeam(
  kernels: Readonly<Record<string, () => void>>,
  program: string,
  shared: Parameters<typeof ThreadTeam.start>[3],
): Promise<ThreadTeam> {
  const team = await ThreadTeam.start(kernels as unknown as WasmKernels, 2, program, shared);
  teams.push(team);
  return team;
}

/** A team of two, whose other thread has a fault, and whose kernel takes as long as that one needs to take a part. */
async function faultyTeam(fault: keyof typeof faults): Promise<() => void> {
  const memory = new SharedArrayBuffer(8);
  const told = new Int32Array(memory);
  told[1] = faults[fault];
  const kernels = {
    sgd() {
      while (Atomics.load(told, 0) === 0);
    },
  };
  const team = await startTeam(kernels, fileURLToPath(faultyWorker("team-fault")), { compiled: { module: {}, addon: undefined }, memory });
  return () => team.run("sgd", [[1], [2]]);
}

it.each(["ends in its part", "throws in its part"] as const)(
  "a team whose helper %s fails at once, and stays so",
  async (fault) => {
    const run = await faultyTeam(fault);
    expect(run).toThrow(WorkerError);
    expect(run).toThrow(/a thread that ended.*restore the model from a checkpoint/);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(run).toThrow(WorkerError);
  },
  60_000,
);

it("a team whose helper runs out of memory fails at once", async () => {
  setFlagsFromString("--max-old-space-size=64");
  try {
    expect(await faultyTeam("runs out of memory")).toThrow(/a thread that ended/);
  } finally {
    setFlagsFromString("--max-old-space-size=0");
  }
}, 60_000);

it("a team whose helper ends after its part has its work done, and refuses further work with the cause", async () => {
  const helpers: Worker[] = [];
  const watch = (worker: Worker): void => void helpers.push(worker);
  process.on("worker", watch);
  const run = await faultyTeam("ends later");
  process.off("worker", watch);
  run();
  await once(helpers[0] as Worker, "exit");
  expect(run).toThrow(/a thread that ended with exit code 0/);
}, 60_000);

function failureOf(run: () => void): Error {
  try {
    run();
  } catch (error) {
    return error as Error;
  }
  throw new Error("Nothing was thrown.");
}

/** A kernel `trap` of WebAssembly, which stores 1 at address 0 of `env.memory`, and then reads what lies beyond its end. */
function trapModule(): object {
  const text = (name: string): number[] => [name.length, ...new TextEncoder().encode(name)];
  const section = (id: number, bytes: readonly number[]): number[] => [id, bytes.length, ...bytes];
  const code = [0x00, 0x41, 0x00, 0x41, 0x01, 0xfe, 0x17, 0x02, 0x00, 0x41, 0x7f, 0x28, 0x02, 0x00, 0x1a, 0x0b];
  return new WebAssembly.Module(
    Uint8Array.from([
      ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
      ...section(1, [1, 0x60, 0, 0]),
      ...section(2, [1, ...text("env"), ...text("memory"), 0x02, 0x03, 1, 1]),
      ...section(3, [1, 0]),
      ...section(7, [1, ...text("trap"), 0, 0]),
      ...section(10, [1, code.length, ...code]),
    ]),
  );
}

describe("a team one of whose kernels fails", () => {
  it("has the error of its own thread as the cause", async () => {
    const error = new RangeError("a fault of the test");
    const memory = new SharedArrayBuffer(8);
    new Int32Array(memory)[1] = faults["ends later"];
    const kernels = {
      sgd() {
        while (Atomics.load(new Int32Array(memory), 0) === 0);
        throw error;
      },
    };
    const team = await startTeam(kernels, fileURLToPath(faultyWorker("team-fault")), {
      compiled: { module: {}, addon: undefined },
      memory,
    });
    const failure = failureOf(() => team.run("sgd", [[1], [2]]));
    expect(failure).toBeInstanceOf(WorkerError);
    expect(failure).toMatchObject({
      message: expect.stringMatching(/the kernel sgd: a fault of the test.*restore the model/),
      cause: error,
    });
    expect(failureOf(() => team.run("sgd", [[1]]))).toBe(failure);
  }, 60_000);

  it("has the error of its helper as the cause", async () => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    const told = new Int32Array(memory.buffer);
    const kernels = {
      trap() {
        while (Atomics.load(told, 0) === 0);
      },
    };
    const team = await startTeam(kernels, fileURLToPath(new URL("../dist/team-worker.js", import.meta.url)), {
      compiled: { module: trapModule(), addon: undefined },
      memory,
    });
    const failure = failureOf(() => team.run("trap" as "sgd", [[1], [2]]));
    expect(failure).toBeInstanceOf(WorkerError);
    expect(failure.message).toMatch(/the kernel trap: memory access out of bounds.*restore the model/);
    expect(failure.cause).toMatchObject({ message: expect.stringContaining("memory access out of bounds") });
  }, 60_000);
});

it("a team whose helper ends at its start says so", async () => {
  await expect(faultyTeam("ends at its start")).rejects.toThrow(/must start.*exit code 5/);
}, 60_000);
