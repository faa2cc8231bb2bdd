import { writeFile } from "node:fs/promises";
import { Command } from "commander";
import { hardwareOf, lastSelection, selectBackend } from "@rowan/api";
import type { Backend, SelectOptions, SelectionCache } from "@rowan/api";
import { InterruptedError, UsageError } from "../../failure.ts";
import { registerOnce } from "../../known-backends.ts";
import type { Surroundings } from "../../terminal.ts";
import { describeMachine, isBusy } from "../machine.ts";
import { formatMachine } from "../report.ts";
import { candidateBackends } from "./candidates.ts";
import { listSettings } from "./grid.ts";
import { formatSettings, nameSetting, summariseSettings } from "./select-report.ts";
import type { Choice, SettingResult } from "./select-report.ts";
import { patiences, trueTimes } from "./true-times.ts";

interface SelectCommandOptions {
  readonly backends?: string;
  readonly json?: string;
  readonly quick?: boolean;
  readonly only?: string;
}

/**
 * Makes `rowan bench select`.
 *
 * @param surroundings - Where it prints, and what ends it.
 */
export function selectCommand({ stdout, signal }: Surroundings): Command {
  return new Command("select")
    .summary("whether selectBackend() chooses the fastest backend, and how long that takes")
    .description(
      "For a grid of tables and batches, looked up and trained: what selectBackend() chooses with nothing known and with what it has kept, held against the time that each backend really takes through table.lookup and trainOnBatch.",
    )
    .option("--backends <names>", "only these, separated by commas")
    .option("--json <file>", "write the results to a file, too")
    .option("--only <text>", "only settings whose names contain this")
    .option("--quick", "one tiny setting: whether everything runs, not how fast")
    .action(async ({ backends, json, quick, only = "" }: SelectCommandOptions) => {
      const scale = quick === true ? "quick" : "full";
      const candidates = candidateBackends(backends?.split(",").map((name) => name.trim()));
      registerOnce(candidates);
      const machine = describeMachine();
      stdout.write(`${formatMachine(machine)}\n`);
      if (isBusy(machine)) stdout.write("Other programs are at work on this machine: the numbers will be rough.\n");
      const there = await obtainAll(
        candidates.map(({ name }) => name),
        stdout.write.bind(stdout),
      );
      const kept = memoryCache();
      const results: SettingResult[] = [];
      for (const workload of listSettings(scale).filter((setting) => nameSetting(setting).includes(only))) {
        if (signal.aborted) throw new InterruptedError();
        const cold = await choose({ ...workload, cache: false });
        const first = await choose({ ...workload, cache: kept });
        const again = await choose({ ...workload, cache: kept });
        const truth = await trueTimes(workload, there, patiences[scale]);
        results.push({ workload, truth: Object.fromEntries(truth), cold, kept: first, again });
      }
      stdout.write(`\n${formatSettings(results)}\n${summariseSettings(results)}`);
      if (json !== undefined) await writeFile(json, `${JSON.stringify({ benchmark: "rowan bench select", machine, results }, null, 2)}\n`);
    });
}

/** Makes every backend that is there, so that engines are loaded before anything is timed. */
async function obtainAll(names: readonly string[], write: (text: string) => unknown): Promise<Map<string, Backend>> {
  const there = new Map<string, Backend>();
  for (const name of names) {
    try {
      const backend = await selectBackend(name);
      there.set(name, backend);
      const { software, adapter } = hardwareOf(backend);
      write(`${name}: ${backend.device}${software ? `, software adapter ${adapter ?? ""}` : ""}\n`);
    } catch (error) {
      write(`Without ${name}: ${(error as Error).message}\n`);
    }
  }
  if (there.size < 2) throw new UsageError("--backends must leave two backends that are there. One alone is always the fastest.");
  return there;
}

async function choose(options: SelectOptions): Promise<Choice> {
  await selectBackend(options);
  const selection = lastSelection();
  if (!selection) throw new Error("internal: a selection leaves its notes");
  const { chosen, by, tookMs, loadingMs, candidates } = selection;
  const ms = Object.fromEntries(candidates.flatMap((candidate) => (candidate.ms === undefined ? [] : [[candidate.name, candidate.ms]])));
  return { chosen, by, tookMs: tookMs - loadingMs, ms };
}

function memoryCache(): SelectionCache {
  let text: string | undefined;
  return {
    read: async () => text,
    write: async (next) => {
      text = next;
    },
  };
}
