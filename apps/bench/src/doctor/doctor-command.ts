import { availableParallelism, totalmem } from "node:os";
import { Command } from "commander";
import { explainSelection, listBackends, selectBackend, setBackend } from "@rowan/api";
import type { BackendReport } from "@rowan/api";
import { findPackage, findTfjs } from "../bench/peers/find-tfjs.ts";
import { findUp } from "../bench/peers/find-up.ts";
import { knownBackends, registerOnce } from "../known-backends.ts";
import { paint } from "../paint.ts";
import type { Surroundings } from "../terminal.ts";
import { untilInterrupted } from "../interruption/until-interrupted.ts";

/** One line of the report. */
interface Finding {
  readonly name: string;
  readonly state: "ok" | "software" | "missing";
  readonly text: string;
  /** More about it, and what would change it; a line each. */
  readonly more: readonly string[];
}

const examples = `
Examples:
  rowan doctor
  rowan doctor --json
  ROWAN_BACKEND=cpu rowan doctor`;

/**
 * Makes `rowan doctor`.
 *
 * @param surroundings - Where it prints.
 */
export function doctorCommand({ stdout, signal }: Surroundings): Command {
  return new Command("doctor")
    .summary("list the backends: there or not, why not, what to do, how fast")
    .description(
      "List the backends and what they need: whether it is there, why not, what to do, and how fast it is. Measures anew what selectBackend() would choose, and keeps that for programs on this machine. Ends with an error where ROWAN_BACKEND names what cannot be had.",
    )
    .option("--json", "print JSON")
    .addHelpText("after", examples)
    .action(async ({ json }: { readonly json?: boolean }) => {
      registerOnce(knownBackends);
      const machine = { node: process.versions.node, platform: process.platform, arch: process.arch, threads: availableParallelism() };
      const backends = await untilInterrupted(listBackends(), signal);
      const peer = describePeer();
      const { variable, choices, failure } = await untilInterrupted(explainChoices(), signal);
      if (json === true) {
        stdout.write(
          `${JSON.stringify({ ...machine, memoryBytes: totalmem(), backends, peer, rowanBackend: variable ?? null, choices })}\n`,
        );
        if (failure !== undefined) throw failure;
        return;
      }
      const { node, platform, arch, threads } = machine;
      stdout.write(`Node ${node} on ${platform} ${arch}, ${threads} threads, ${gibibytes(totalmem())} of memory\n\n`);
      const findings = [...backends.map(describeBackend), peer];
      const width = Math.max(...findings.map(({ name }) => name.length));
      for (const { name, state, text, more } of findings) {
        const painted = paint(stdout, colours[state], state.padEnd(8));
        stdout.write(`${painted}  ${name.padEnd(width)}  ${[text, ...more].join(`\n${" ".repeat(width + 12)}`)}\n`);
      }
      const first = variable === undefined ? "ROWAN_BACKEND is not set; selectBackend() measures." : `ROWAN_BACKEND is set: ${variable}`;
      stdout.write(`\n${[first, ...(failure === undefined ? new Set(Object.values(choices)) : [])].join("\n")}\n`);
      if (failure !== undefined) throw failure;
    });
}

const colours = { ok: "green", software: "yellow", missing: "red" } as const;

function describeBackend({
  name,
  available,
  device,
  hardware,
  adapter,
  maxTableBytes,
  rowsPerSecond,
  passedOver = [],
  reason = "",
  remedy = "",
}: BackendReport): Finding {
  if (!available) return { name, state: "missing", text: reason, more: [remedy, ...setupOf(name)].filter((line) => line !== "") };
  const facts = [
    device ?? "",
    `${hardware ?? "?"}${adapter === undefined ? "" : ` ${adapter}`}`,
    `tables of up to ${gibibytes(maxTableBytes ?? 0)}`,
    rowsPerSecond === undefined
      ? `not measured: ${[reason, remedy].join(" ").trim()}`
      : `${(rowsPerSecond / 1e6).toPrecision(3)} million rows/s`,
  ];
  if (hardware !== "software adapter") {
    const more = passedOver.length === 0 ? [] : [...passedOver.map((line) => `Passed over: ${line}`), ...setupOf(name)];
    return { name, state: "ok", text: facts.join("; "), more };
  }
  return { name, state: "software", text: facts.join("; "), more: ["It gives right numbers, slowly; only its name chooses it."] };
}

/** The folders of engines/ that a clone of Rowan has for some backends, each with the package that it brings. */
const engines: Readonly<Record<string, readonly [folder: string, packageName: string]>> = {
  tfjs: ["tfjs-node", "@tensorflow/tfjs-node/package.json"],
  webgpu: ["webgpu", "webgpu"],
};

/** What brings a backend's engine in a clone of Rowan, where it is not there yet. */
function setupOf(name: string): readonly string[] {
  const [folder = "", packageName = ""] = engines[name] ?? [];
  if (findUp("engines", folder, "package.json") === undefined || findPackage(packageName, folder) !== undefined) return [];
  return [`In this clone of Rowan: npm run setup:engines -- ${folder}`];
}

/** Not a backend: what the benchmarks compare with. */
function describePeer(): Finding {
  const name = "(TensorFlow.js)";
  const { found, missing, remedy } = findTfjs();
  if (missing.length === 0)
    return { name, state: "ok", text: `${found["@tensorflow/tfjs-core"] ?? ""}; rowan bench compares with it`, more: [] };
  return { name, state: "missing", text: `${missing.join(", ")} not installed; only rowan bench would compare with it`, more: [remedy] };
}

/** What programs on this machine would get, or the error that they would. */
interface Choices {
  readonly variable: string | undefined;
  readonly choices: Readonly<Record<"lookup" | "train", string>>;
  readonly failure: Error | undefined;
}

async function explainChoices(): Promise<Choices> {
  const choices = { lookup: "", train: "" };
  let failure: Error | undefined;
  for (const work of ["lookup", "train"] as const) {
    try {
      await selectBackend({ work, refresh: work === "lookup" });
      choices[work] = explainSelection();
    } catch (error) {
      failure = error as Error;
      choices[work] = failure.message;
    }
  }
  setBackend(undefined);
  const variable = process.env["ROWAN_BACKEND"];
  return { variable: variable === "" ? undefined : variable, choices, failure };
}

function gibibytes(bytes: number): string {
  return Number.isFinite(bytes) ? `${(bytes / 2 ** 30).toFixed(1)} GiB` : "what the runtime gives";
}
