import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, totalmem } from "node:os";
import { fileURLToPath } from "node:url";

/** What a report says of the machine and of the program. */
export interface Machine {
  readonly processor: string;
  readonly threads: number;
  readonly memoryBytes: number;
  readonly platform: string;
  readonly node: string;
  /** Whether ordinary memory may get huge pages; absent where the system does not say. */
  readonly hugePages?: string;
  /** Processes that wanted to run, on average over the minute before: above 1 somebody else is at work. */
  readonly load: number;
  /** The commit that this program was built from; absent outside of a clone. */
  readonly commit?: string;
}

/** The machine that this runs on. */
export function describeMachine(): Machine {
  const hugePages = attempt(() => /\[(\w+)\]/.exec(readFileSync("/sys/kernel/mm/transparent_hugepage/enabled", "utf8"))?.[1]);
  const here = fileURLToPath(new URL(".", import.meta.url));
  const commit = attempt(() =>
    execFileSync("git", ["describe", "--always", "--dirty", "--exclude", "*"], {
      cwd: here,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim(),
  );
  return {
    processor: cpus()[0]?.model.trim() ?? "unknown",
    threads: availableParallelism(),
    memoryBytes: totalmem(),
    platform: `${process.platform} ${process.arch}`,
    node: process.versions.node,
    ...(hugePages !== undefined && { hugePages }),
    load: Number((loadavg()[0] ?? 0).toFixed(2)),
    ...(commit !== undefined && { commit }),
  };
}

/**
 * Whether somebody else was at work before a run.
 *
 * @param machine - As it was then.
 */
export function isBusy({ load }: Machine): boolean {
  return load > 1;
}

function attempt(find: () => string | undefined): string | undefined {
  try {
    return find();
  } catch {
    return undefined;
  }
}
