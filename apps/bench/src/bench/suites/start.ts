import { spawnSync } from "node:child_process";
import type { BenchCase } from "../bench-case.ts";
import { inProcess } from "../contender.ts";
import type { Contender } from "../contender.ts";
import { findUp } from "../peers/find-up.ts";
import type { Room } from "../room.ts";

/**
 * Import, build the tutorial's model, predict once, end, each time in a process of its own; and a process that does nothing.
 * Rowan's files are those that `npm run build` has bundled.
 *
 * @param program - What imports, builds and predicts.
 */
export function startCases(program: string | undefined = findUp("bin", "tutorial.mjs")): BenchCase[] {
  return [{ suite: "start", name: "import, tutorial model, first prediction", open: (room) => openStarts(room, program) }];
}

async function openStarts({ python }: Room, program: string | undefined): Promise<Contender[]> {
  if (program === undefined) throw new Error("bin/tutorial.mjs is not here");
  const contenders = [starter("Rowan", "rowan", process.execPath, [program]), starter("node -e 0", "rowan", process.execPath, ["-e", "0"])];
  const [executable, ...script] = python.command;
  if (executable === undefined) return contenders;
  contenders.push(starter("python -c pass", "numpy", executable, ["-c", "pass"]));
  for (const peer of ["torch", "keras"] as const) {
    if (python.has(peer)) contenders.push(starter(peer, peer, executable, [...script, "start", peer]));
  }
  return contenders;
}

function starter(name: string, peer: Contender["peer"], program: string, args: readonly string[]): Contender {
  const call = (): void => {
    const { status, stderr, error } = spawnSync(program, args, { encoding: "utf8" });
    if (error) throw error;
    if (status !== 0) throw new Error(`${name} does not start: ${stderr.trim().split("\n").at(-1) ?? ""}`);
  };
  return inProcess({ name, peer, sets: 1, call, dispose: () => undefined });
}
