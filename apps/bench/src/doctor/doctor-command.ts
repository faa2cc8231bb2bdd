import { availableParallelism, totalmem } from "node:os";
import { Command } from "commander";
import { explainSelection, listBackends, selectBackend, setBackend } from "@rowan/api";
import type { BackendReport } from "@rowan/api";
import { findTfjs } from "../bench/peers/find-tfjs.ts";
import { registerKnown } from "../known-backends.ts";
import type { Surroundings } from "../terminal.ts";

/** One line of the report. */
interface Finding {
  readonly name: string;
  readonly state: "ok" | "software" | "missing";
  readonly text: string;
  /** What would change it. */
  readonly remedy?: string;
}

/**
 * Makes `rowan doctor`.
 *
 * @param surroundings - Where it prints.
 */
export function doctorCommand({ stdout }: Surroundings): Command {
  return new Command("doctor")
    .summary("list the backends: there or not, why not, what to do, how fast")
    .description(
      "List the backends and what they need: whether it is there, why not, what to do, and how fast it is. Measures anew what selectBackend() would choose, and keeps that for programs on this machine.",
    )
    .action(async () => {
      stdout.write(
        `Node ${process.versions.node} on ${process.platform} ${process.arch}, ${availableParallelism()} threads, ${gibibytes(totalmem())} of memory\n\n`,
      );
      await registerKnown();
      const findings = [...(await listBackends()).map(describeBackend), describePeer()];
      const width = Math.max(...findings.map(({ name }) => name.length));
      for (const { name, state, text, remedy } of findings) {
        stdout.write(`${state.padEnd(8)}  ${name.padEnd(width)}  ${text}${remedy ? `\n${" ".repeat(width + 12)}${remedy}` : ""}\n`);
      }
      stdout.write(`\n${await explainChoices()}`);
    });
}

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

async function explainChoices(): Promise<string> {
  const variable = process.env["ROWAN_BACKEND"];
  const parts = [variable ? `ROWAN_BACKEND is set: ${variable}` : "ROWAN_BACKEND is not set; selectBackend() measures."];
  for (const work of ["lookup", "train"] as const) {
    try {
      await selectBackend({ work, refresh: work === "lookup" });
      parts.push(explainSelection());
    } catch (error) {
      parts.push((error as Error).message);
    }
  }
  setBackend(undefined);
  return `${[...new Set(parts)].join("\n")}\n`;
}

function gibibytes(bytes: number): string {
  return Number.isFinite(bytes) ? `${(bytes / 2 ** 30).toFixed(1)} GiB` : "what the runtime gives";
}
