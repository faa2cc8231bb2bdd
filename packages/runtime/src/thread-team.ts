import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { UnsupportedOpError, WorkerError, setThreadStarter } from "@rowan/api";
import type { Backend, ThreadLease } from "@rowan/api";
import { compileSharedKernels, setKernelTeam, teamKernels, teamMemory } from "@rowan/backend-cpu";
import type { KernelTeam, WasmKernels } from "@rowan/backend-cpu";
import { argumentsOffset, createWords, done, failed, orders, spins } from "./team-protocol.ts";
import type { HelperSetup } from "./team-protocol.ts";

/** No kernel takes so long. A helper that does not answer has lost its thread, and what it did is not known. */
const answerMilliseconds = 120_000;

/** A thread that takes a part in kernels. */
class Helper {
  readonly worker: Worker;
  readonly #state: Int32Array<SharedArrayBuffer>;
  readonly #order: Float64Array<SharedArrayBuffer>;
  #last = 0;

  constructor(program: URL, setup: Omit<HelperSetup, "words">) {
    const words = createWords();
    this.#state = new Int32Array(words, 0, argumentsOffset / 4);
    this.#order = new Float64Array(words, argumentsOffset);
    // Flags of this process, such as loaders and conditions, are not for a file that is built.
    this.worker = new Worker(program, { workerData: { ...setup, words } satisfies HelperSetup, execArgv: [] });
  }

  /** Ends the thread; a process waits for that, as it does for its start, and for nothing in between. */
  end(): Promise<number> {
    this.worker.ref();
    return this.worker.terminate();
  }

  begin(kernel: number, args: readonly number[]): void {
    this.#order[0] = kernel;
    this.#order[1] = args.length;
    this.#order.set(args, 2);
    Atomics.store(this.#state, orders, ++this.#last);
    Atomics.notify(this.#state, orders);
  }

  /** Waits for the end of what was begun. */
  finish(): void {
    const state = this.#state;
    for (let spin = 0; spin < spins && Atomics.load(state, done) !== this.#last; spin++);
    for (;;) {
      const seen = Atomics.load(state, done);
      if (seen === this.#last) break;
      if (Atomics.wait(state, done, seen, answerMilliseconds) === "timed-out") {
        throw new WorkerError(
          "A thread of a training team must finish its part. Received: no answer; some rows of the last step may be updated and others not. Restore the model from a checkpoint.",
        );
      }
    }
    if (Atomics.load(state, failed) !== 0) throw new WorkerError("A thread of a training team failed in a kernel.");
  }
}

class ThreadTeam implements KernelTeam {
  readonly threads: number;
  readonly #helpers: readonly Helper[];
  readonly #own: Readonly<Record<string, (...args: number[]) => void>>;
  readonly #numbers: ReadonlyMap<string, number>;
  users = 0;

  constructor(helpers: readonly Helper[], own: WasmKernels, names: readonly string[]) {
    this.threads = helpers.length + 1;
    this.#helpers = helpers;
    this.#own = own as unknown as Readonly<Record<string, (...args: number[]) => void>>;
    this.#numbers = new Map(names.map((name, number) => [name, number]));
  }

  run(kernel: keyof WasmKernels, calls: readonly (readonly number[])[]): void {
    const number = this.#numbers.get(kernel) as number;
    const others = calls.slice(1);
    others.forEach((args, index) => this.#helpers[index]?.begin(number, args));
    this.#own[kernel]?.(...(calls[0] ?? []));
    for (let index = 0; index < others.length; index++) this.#helpers[index]?.finish();
  }

  async end(): Promise<void> {
    await Promise.all(this.#helpers.map((helper) => helper.end()));
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
  const program = helperProgram();
  const helpers = Array.from({ length: threads - 1 }, () => new Helper(program, { module, memory, kernels: names }));
  await Promise.all(helpers.map(({ worker }) => online(worker, program)));
  return new ThreadTeam(helpers, own, names);
}

function online(worker: Worker, program: URL): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.once("online", () => {
      worker.unref();
      resolve();
    });
    worker.once("error", (cause) => {
      reject(
        new WorkerError(
          `The threads of a training team must start. Received: ${String(cause)} from ${program.href}. Where a bundler moved this package, keep "@rowan/runtime" external.`,
          { cause },
        ),
      );
    });
  });
}

/** Beside this file in dist; built from the sources, where these are run as they are. */
function helperProgram(): URL {
  const places = ["./team-worker.js", "../dist/team-worker.js"].map((place) => new URL(place, import.meta.url));
  return places.find((place) => existsSync(fileURLToPath(place))) ?? (places[0] as URL);
}
