import { Worker } from "node:worker_threads";
import { UnsupportedOpError, WorkerError, setThreadStarter } from "@rowan/api";
import type { Backend, ThreadLease } from "@rowan/api";
import { compileSharedKernels, setKernelTeam, teamKernels, teamMemory } from "@rowan/backend-cpu";
import type { KernelTeam, WasmKernels } from "@rowan/backend-cpu";
import { bringWork, createWords, failed, lookOut, takeParts, undone, viewWords } from "./team-protocol.ts";
import type { HelperSetup, Kernel, TeamWords } from "./team-protocol.ts";
import { workerFile } from "./worker-file.ts";

/** No part of a kernel takes so long. A helper that does not end it has lost its thread, and what it did is not known. */
const answerMilliseconds = 120_000;

class ThreadTeam implements KernelTeam {
  readonly threads: number;
  readonly #helpers: readonly Worker[];
  readonly #words: TeamWords;
  readonly #own: readonly Kernel[];
  readonly #numbers: ReadonlyMap<string, number>;
  #works = 0;
  users = 0;

  constructor(helpers: readonly Worker[], words: TeamWords, own: WasmKernels, names: readonly string[]) {
    this.threads = helpers.length + 1;
    this.#helpers = helpers;
    this.#words = words;
    const kernels = own as unknown as Readonly<Record<string, Kernel>>;
    this.#own = names.map((name) => kernels[name] as Kernel);
    this.#numbers = new Map(names.map((name, number) => [name, number]));
  }

  run(kernel: keyof WasmKernels, calls: readonly (readonly number[])[]): void {
    const { state } = this.#words;
    bringWork(this.#words, ++this.#works, this.#numbers.get(kernel) as number, calls);
    takeParts(this.#words, this.#own, false);
    this.#finish();
    if (Atomics.load(state, failed) !== 0) throw new WorkerError("A thread of a training team failed in a kernel.");
  }

  /** Waits for what helpers have begun. */
  #finish(): void {
    const { state } = this.#words;
    if (lookOut(() => Atomics.load(state, undone) === 0)) return;
    for (let left = Atomics.load(state, undone); left > 0; left = Atomics.load(state, undone)) {
      if (Atomics.wait(state, undone, left, answerMilliseconds) === "timed-out") {
        throw new WorkerError(
          "A thread of a training team must finish its part. Received: no answer; some rows of the last step may be updated and others not. Restore the model from a checkpoint.",
        );
      }
    }
  }

  /** Ends the threads; a process waits for that, as it does for their start, and for nothing in between. */
  async end(): Promise<void> {
    await Promise.all(
      this.#helpers.map((helper) => {
        helper.ref();
        return helper.terminate();
      }),
    );
  }
}

const teams = new WeakMap<Backend, Promise<ThreadTeam>>();

/**
 * Makes `fit({ threads })` work: from now on training may take further threads for the rows of a step. Call it once. Results do not
 * depend on the number of threads, bit for bit.
 *
 * @example
 * enableTrainingThreads();
 * await model.fit(x, y, { threads: 2 });
 */
export function enableTrainingThreads(): void {
  setThreadStarter(startTeam);
}

async function startTeam(backend: Backend, threads: number): Promise<ThreadLease> {
  const memory = teamMemory(backend);
  if (!memory) {
    throw new UnsupportedOpError(
      `Training on several threads needs the CPU backend with WASM kernels in shared memory. Received: the backend "${backend.name}" (${backend.device}). Leave \`threads\` out there.`,
    );
  }
  // Kernels run one after another: two runs on one backend share its threads.
  const starting = teams.get(backend) ?? createTeam(backend, memory, threads);
  teams.set(backend, starting);
  let team: ThreadTeam;
  try {
    team = await starting;
  } catch (error) {
    teams.delete(backend);
    throw error;
  }
  team.users++;
  setKernelTeam(backend, team);
  return {
    async end() {
      if (--team.users > 0) return;
      setKernelTeam(backend, undefined);
      teams.delete(backend);
      await team.end();
    },
  };
}

async function createTeam(backend: Backend, memory: object, threads: number): Promise<ThreadTeam> {
  const own = teamKernels(backend);
  const names = Object.keys(own);
  const module = await compileSharedKernels();
  const program = workerFile("team-worker.js");
  const words = createWords();
  const setup = { module, memory, words, kernels: names } satisfies HelperSetup;
  // Flags of this process, such as loaders and conditions, are not for a file that is built.
  const helpers = Array.from({ length: threads - 1 }, () => new Worker(program, { workerData: setup, execArgv: [] }));
  try {
    await Promise.all(helpers.map((worker) => online(worker, program)));
  } catch (error) {
    await Promise.all(helpers.map((worker) => worker.terminate()));
    throw error;
  }
  return new ThreadTeam(helpers, viewWords(words), own, names);
}

function online(worker: Worker, program: string): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.once("online", () => {
      worker.unref();
      resolve();
    });
    worker.once("error", (cause) => {
      reject(
        new WorkerError(
          `The threads of a training team must start. Received: ${String(cause)} from ${program}. Where a bundler moved this package, keep "@rowan/runtime" external.`,
          { cause },
        ),
      );
    });
  });
}
