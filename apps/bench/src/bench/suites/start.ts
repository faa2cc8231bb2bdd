import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { BenchCase } from "../bench-case.ts";
import { inProcess } from "../contender.ts";
import type { Contender } from "../contender.ts";
import { findUp } from "../peers/find-up.ts";
import type { Room } from "../room.ts";

const run = promisify(execFile);

/**
 * Import, build the tutorial's model, predict once, end, each time in a process of its own; and a process that does nothing.
 * Rowan's files are those that `npm run build` has bundled.
 *
 * @param program - What imports, builds and predicts.
 */
export function startCases(program: string | undefined = findUp("bin", "tutorial.mjs")): BenchCase[] {
  return [{ suite: "start", name: "import, tutorial model, first prediction", open: (room) => openStarts(room, program) }];
}

async function openStarts({ python, failures, signal }: Room, program: string | undefined): Promise<Contender[]> {
  if (program === undefined) throw new Error("bin/tutorial.mjs is not here");
  const start = (name: string, peer: Contender["peer"], executable: string, args: readonly string[]): Contender =>
    starter({ name, peer, executable, args, signal });
  const contenders = [start("Rowan", "rowan", process.execPath, [program]), start("node -e 0", "rowan", process.execPath, ["-e", "0"])];
  const [executable, ...script] = python.command;
  if (executable === undefined) return contenders;
  const peers = (["torch", "keras"] as const).filter((peer) => python.has(peer));
  for (const [name, peer, args] of [
    ["python -c pass", "numpy", ["-c", "pass"]] as const,
    ...peers.map((peer) => [peer, peer, [...script, "start", peer]] as const),
  ])
    contenders.push(...(await failures.openInProcess(name, () => start(name, peer, executable, args))));
  return contenders;
}

interface Start {
  readonly name: string;
  readonly peer: Contender["peer"];
  readonly executable: string;
  readonly args: readonly string[];
  readonly signal: AbortSignal;
}

function starter({ name, peer, executable, args, signal }: Start): Contender {
  const call = async (): Promise<void> => {
    // Certificates that a machine adds are read whenever Node starts, which may take longer than all the rest, and varies as much.
    const env = { ...process.env, NODE_EXTRA_CA_CERTS: undefined };
    try {
      await run(executable, args, { signal, env });
    } catch (error) {
      if (signal.aborted || !(error instanceof Error)) throw error;
      const { code, signal: by, stderr = "" } = error as Error & { code?: unknown; signal?: string | null; stderr?: string };
      const last = stderr.trim().split("\n").at(-1) ?? "";
      throw new Error(`${name} does not start: it ended with ${by ?? `status ${String(code)}`}${last === "" ? "" : `: ${last}`}`, {
        cause: error,
      });
    }
  };
  return inProcess({ name, peer, sets: 1, call, dispose: () => undefined });
}
