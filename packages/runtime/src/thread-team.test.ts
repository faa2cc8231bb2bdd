import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import type { Worker } from "node:worker_threads";
import { WorkerError } from "@rowan/api";
import type { WasmKernels } from "@rowan/backend-cpu";
import { afterEach, expect, it } from "vitest";
import { faultyWorker } from "./testing/helpers.ts";
import { ThreadTeam } from "./thread-team.ts";

const teams: ThreadTeam[] = [];
afterEach(() => Promise.all(teams.splice(0).map((team) => team.end())));

const faults = { "ends at its start": 1, "ends in its part": 2, "throws in its part": 3, "runs out of memory": 4, "ends later": 5 };

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
  const team = await ThreadTeam.start(kernels as unknown as WasmKernels, 2, fileURLToPath(faultyWorker("team-fault")), {
    module: {},
    memory,
  });
  teams.push(team);
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

it("a team whose helper ends at its start says so", async () => {
  await expect(faultyTeam("ends at its start")).rejects.toThrow(/must start.*exit code 5/);
}, 60_000);
