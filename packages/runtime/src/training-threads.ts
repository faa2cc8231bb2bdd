import { UnsupportedOpError, setThreadStarter } from "@rowan/api";
import type { Backend, ThreadLease } from "@rowan/api";
import { compileKernelsOf, setKernelTeam, teamKernels, teamMemory } from "@rowan/backend-cpu";
import { checkWhole, mostThreads } from "./pool-options.ts";
import { ThreadTeam } from "./thread-team.ts";
import { workerFile } from "./worker-file.ts";

/** A team, and how many runs have a lease on it. */
interface SharedTeam {
  readonly starting: Promise<ThreadTeam>;
  team?: ThreadTeam;
  users: number;
}

const teams = new WeakMap<Backend, SharedTeam>();

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
  checkWhole("threads", threads, 1, mostThreads);
  const memory = teamMemory(backend);
  if (!memory) {
    throw new UnsupportedOpError(
      `Training on several threads needs the CPU backend with WASM kernels in shared memory. Received: the backend "${backend.name}" (${backend.device}). Leave \`threads\` out there.`,
    );
  }
  // Kernels run one after another: two runs on one backend share its threads, unless these have failed.
  const known = teams.get(backend);
  const shared = known && !known.team?.hasFailed ? known : { starting: createTeam(backend, memory, threads), users: 0 };
  teams.set(backend, shared);
  const forget = (): void => {
    if (teams.get(backend) === shared) teams.delete(backend);
  };
  // Before the team is waited for: another run that ends meanwhile must not end it.
  shared.users++;
  let team: ThreadTeam;
  try {
    team = await shared.starting;
  } catch (error) {
    forget();
    throw error;
  }
  shared.team = team;
  setKernelTeam(backend, team);
  return {
    async end() {
      if (--shared.users > 0) return;
      forget();
      // A team that has taken the place of one that failed stays.
      if (!teams.get(backend)?.team) setKernelTeam(backend, undefined);
      await team.end();
    },
  };
}

async function createTeam(backend: Backend, memory: object, threads: number): Promise<ThreadTeam> {
  const compiled = await compileKernelsOf(backend);
  return ThreadTeam.start(teamKernels(backend), threads, workerFile("team-worker.js"), { compiled, memory });
}
