import { availableParallelism, totalmem } from "node:os";
import { Command } from "commander";
import { explainSelection, listBackends, selectBackend, setBackend } from "@rowan/api";
import type { BackendReport } from "@rowan/api";
import { findTfjs } from "../bench/peers/find-tfjs.ts";
import { registerKnown } from "../known-backends.ts";
import { paint } from "../paint.ts";
import type { Surroundings } from "../terminal.ts";
import { untilInterrupted } from "../interruption/until-interrupted.ts";

/** One line of the report. */
interface Finding {
  readonly name: string;
  readonly state: "ok" | "software" | "missing";
  readonly text: string;
  /** What would change it. */
  readonly remedy?: string;
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
      "List the backends and what they need: whether it is there, why not, what to do, and how fast it is. Measures anew what selectBackend() would choose, and keeps that for programs on this machine.",
    )
    .option("--json", "print JSON")
    .addHelpText("after", examples)
    .action(async ({ json }: { readonly json?: boolean }) => {
      await registerKnown();
      const machine = { node: process.versions.node, platform: process.platform, arch: process.arch, threads: availableParallelism() };
      const backends = await untilInterrupted(listBackends(), signal);
      const peer = describePeer();
      const { variable, choices } = await untilInterrupted(explainChoices(), signal);
      if (json === true) {
        stdout.write(
          `${JSON.stringify({ ...machine, memoryBytes: totalmem(), backends, peer, rowanBackend: variable ?? null, choices })}\n`,
        );
        return;
      }
      const { node, platform, arch, threads } = machine;
      stdout.write(`Node ${node} on ${platform} ${arch}, ${threads} threads, ${gibibytes(totalmem())} of memory\n\n`);
      const findings = [...backends.map(describeBackend), peer];
      const width = Math.max(...findings.map(({ name }) => name.length));
      for (const { name, state, text, remedy } of findings) {
        const painted = paint(stdout, colours[state], state.padEnd(8));
        stdout.write(`${painted}  ${name.padEnd(width)}  ${text}${remedy ? `\n${" ".repeat(width + 12)}${remedy}` : ""}\n`);
      }
      const first = variable === undefined ? "ROWAN_BACKEND is not set; selectBackend() measures." : `ROWAN_BACKEND is set: ${variable}`;
      stdout.write(`\n${[...new Set([first, ...Object.values(choices)])].join("\n")}\n`);
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
  reason,
  remedy,
}: BackendReport): Finding {
  if (!available) return { name, state: "missing", text: reason ?? "", ...(remedy !== undefined && { remedy }) };
  const facts = [
    device ?? "",
    `${hardware ?? "?"}${adapter === undefined ? "" : ` ${adapter}`}`,
    `tables of up to ${gibibytes(maxTableBytes ?? 0)}`,
    rowsPerSecond === undefined ? `not measured: ${reason ?? ""}` : `${(rowsPerSecond / 1e6).toPrecision(3)} million rows/s`,
  ];
  if (hardware !== "software adapter") return { name, state: "ok", text: facts.join("; ") };
  return { name, state: "software", text: facts.join("; "), remedy: "It gives right numbers, slowly; only its name chooses it." };
}

/** Not a backend: what the benchmarks compare with. */
function describePeer(): Finding {
  const name = "(TensorFlow.js)";
  const { found, missing, remedy } = findTfjs();
  if (missing.length === 0) return { name, state: "ok", text: `${found["@tensorflow/tfjs-core"] ?? ""}; rowan bench compares with it` };
  return { name, state: "missing", text: `${missing.join(", ")} not installed; only rowan bench would compare with it`, remedy };
}

async function explainChoices(): Promise<{ variable: string | undefined; choices: Record<"lookup" | "train", string> }> {
  const choices = { lookup: "", train: "" };
  for (const work of ["lookup", "train"] as const) {
    try {
      await selectBackend({ work, refresh: work === "lookup" });
      choices[work] = explainSelection();
    } catch (error) {
      choices[work] = (error as Error).message;
    }
  }
  setBackend(undefined);
  const variable = process.env["ROWAN_BACKEND"];
  return { variable: variable === "" ? undefined : variable, choices };
}

function gibibytes(bytes: number): string {
  return Number.isFinite(bytes) ? `${(bytes / 2 ** 30).toFixed(1)} GiB` : "what the runtime gives";
}
