import { availableParallelism, totalmem } from "node:os";
import { Command } from "commander";
import { createCpuBackend } from "@rowan/backend-cpu";
import type { CpuBackendOptions } from "@rowan/backend-cpu";
import { findTfjs } from "../bench/peers/find-tfjs.ts";
import type { Surroundings } from "../terminal.ts";

/** One line of the report. */
interface Finding {
  readonly name: string;
  readonly ok: boolean;
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
    .summary("list the backends: there or not, why not, what to do")
    .description("List the backends and what they need: whether it is there, why not, and what to do.")
    .action(async () => {
      const findings = await examine();
      const width = Math.max(...findings.map(({ name }) => name.length));
      stdout.write(
        `Node ${process.versions.node} on ${process.platform} ${process.arch}, ${availableParallelism()} threads, ${(totalmem() / 2 ** 30).toFixed(1)} GiB of memory\n\n`,
      );
      for (const { name, ok, text, remedy } of findings) {
        stdout.write(
          `${ok ? "ok     " : "missing"}  ${name.padEnd(width)}  ${text}${remedy === undefined ? "" : `\n${" ".repeat(width + 11)}${remedy}`}\n`,
        );
      }
    });
}

async function examine(): Promise<Finding[]> {
  return [
    await examineCpu(
      "cpu, WASM SIMD",
      { kernels: "wasm" },
      "Use a runtime with WebAssembly SIMD: Node 20.19 or newer. Until then the plain kernels run.",
    ),
    await examineCpu(
      "cpu, shared memory",
      { kernels: "wasm", shared: true },
      "Use a runtime with SharedArrayBuffer; a web page must be cross-origin isolated.",
    ),
    await examineCpu("cpu, plain TypeScript", { kernels: "plain" }, "Please report this: these kernels need nothing."),
    ...examineTfjs(),
  ];
}

async function examineCpu(name: string, options: CpuBackendOptions, remedy: string): Promise<Finding> {
  try {
    const backend = await createCpuBackend(options);
    const { maxTableBytes } = backend.capabilities;
    backend.dispose();
    return { name, ok: true, text: `${backend.device}; a table may have up to ${(maxTableBytes / 2 ** 30).toFixed(0)} GiB` };
  } catch (error) {
    return { name, ok: false, text: (error as Error).message, remedy };
  }
}

function examineTfjs(): Finding[] {
  const name = "TensorFlow.js";
  const { found, missing, remedy } = findTfjs();
  if (missing.length === 0) return [{ name, ok: true, text: `${found["@tensorflow/tfjs-core"] ?? ""}; rowan bench compares with it` }];
  return [{ name, ok: false, text: `${missing.join(", ")} not installed; only rowan bench would compare with it`, remedy }];
}
