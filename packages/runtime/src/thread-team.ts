import { WorkerError } from "@rowan/api";
import type { KernelTeam, WasmKernels } from "@rowan/backend-cpu";
import { TeamHelper, messageOf } from "./team-helper.ts";
import { bringWork, createWords, failed, lookOut, takeParts, undone, viewWords } from "./team-protocol.ts";
import type { HelperSetup, Kernel, TeamWords } from "./team-protocol.ts";

/** After so long without an answer the calling thread looks whether helpers live. */
const lookMilliseconds = 100;
/** No part of a kernel takes so many looks: two minutes, of which those do not count in which the whole process was paused. */
const mostLooks = 1200;

/** Threads that share the kernels of a backend. One that has failed stays so: what its threads left behind is not known. */
export class ThreadTeam implements KernelTeam {
  readonly threads: number;
  readonly #words: TeamWords;
  readonly #helpers: readonly TeamHelper[];
  readonly #own: readonly Kernel[];
  readonly #numbers: ReadonlyMap<string, number>;
  #works = 0;
  #failure: WorkerError | undefined;

  private constructor(own: WasmKernels, threads: number, program: string, shared: Pick<HelperSetup, "compiled" | "memory">) {
    this.threads = threads;
    const kernels = Object.entries<Kernel>(own as unknown as Readonly<Record<string, Kernel>>);
    this.#own = kernels.map(([, kernel]) => kernel);
    this.#numbers = new Map(kernels.map(([name], number) => [name, number]));
    const words = createWords();
    this.#words = viewWords(words);
    const setup = { ...shared, words, kernels: kernels.map(([name]) => name) };
    this.#helpers = Array.from({ length: threads - 1 }, () => {
      const helper: TeamHelper = new TeamHelper(program, setup, () => this.#fail(helper.fate.text, helper.fate.cause));
      return helper;
    });
  }

  /**
   * Starts a team.
   *
   * @param own - The kernels of the calling thread.
   * @param threads - How many, the calling one among them.
   * @param program - The file that the others run.
   * @param shared - Their kernels, and the memory that these work in.
   * @returns The team, when all of its threads look for work.
   * @throws WorkerError where one does not start.
   */
  static async start(
    own: WasmKernels,
    threads: number,
    program: string,
    shared: Pick<HelperSetup, "compiled" | "memory">,
  ): Promise<ThreadTeam> {
    const team = new ThreadTeam(own, threads, program, shared);
    try {
      await Promise.all(team.#helpers.map((helper) => helper.ready()));
      // One that ended while others started.
      for (const helper of team.#helpers) if (helper.isGone()) throw helper.startError();
    } catch (error) {
      await team.end();
      throw error;
    }
    return team;
  }

  /** Whether it refuses further work. */
  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  /** As of `KernelTeam`. @throws WorkerError when a thread failed, and from then on. */
  run(kernel: keyof WasmKernels, calls: readonly (readonly number[])[]): void {
    if (this.#failure) throw this.#failure;
    const { state } = this.#words;
    bringWork(this.#words, ++this.#works, this.#numbers.get(kernel) as number, calls);
    const faults: unknown[] = [];
    takeParts(this.#words, this.#own, false, (fault) => faults.push(fault));
    this.#finish();
    if (Atomics.load(state, failed) === 0) return;
    for (const helper of this.#helpers) for (let told = helper.takeFault(); told; told = helper.takeFault()) faults.push(told.fault);
    throw this.#fail(`a failure of the kernel ${kernel}: ${messageOf(faults[0])}`, faults[0]);
  }

  /** Refuses all further work; what `run` throws from now on. */
  #fail(what: string, cause?: unknown): WorkerError {
    this.#failure ??= new WorkerError(
      `Every thread of a training team must do its part of a step. Received: ${what}. Some rows of that step may be updated and others not: restore the model from a checkpoint, and call \`fit\` again, which takes new threads.`,
      { cause },
    );
    return this.#failure;
  }

  /** Waits for what helpers have begun. */
  #finish(): void {
    const { state } = this.#words;
    if (lookOut(() => Atomics.load(state, undone) === 0)) return;
    let looks = 0;
    for (let left = Atomics.load(state, undone); left > 0; left = Atomics.load(state, undone)) {
      if (Atomics.wait(state, undone, left, lookMilliseconds) !== "timed-out") continue;
      const gone = this.#helpers.filter((helper) => helper.isGone());
      const rest = Atomics.load(state, undone);
      // One that ended leaves one part at most: the others are waited for, since they write to memory that would be used again.
      if (gone[0] && rest > 0 && rest <= gone.length) throw this.#fail(gone[0].fate.text, gone[0].fate.cause);
      if (++looks === mostLooks) throw this.#fail(`no answer within ${(mostLooks * lookMilliseconds) / 1000} s`);
    }
  }

  /** Ends the threads; a process waits for that, as it does for their start, and for nothing in between. */
  async end(): Promise<void> {
    await Promise.all(this.#helpers.map((helper) => helper.end()));
  }
}
