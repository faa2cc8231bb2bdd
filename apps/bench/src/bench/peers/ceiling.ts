import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { InterruptedError } from "../../failure.ts";
import type { Contender, Missing } from "../contender.ts";
import { findUp } from "./find-up.ts";
import { LineChild } from "./line-child.ts";
import { readFloats } from "./read-floats.ts";

const run = promisify(execFile);

/** What a C contender does: the arguments of ceiling.c. */
export interface CeilingCase {
  readonly name: string;
  readonly kind: "gather" | "bag" | "step";
  readonly table: string;
  readonly rows: number;
  readonly dim: number;
  readonly ids: string;
  /** Ids a call. */
  readonly batch: number;
  readonly sets: number;
  /** What a kind needs beside: of a gather the number of threads, where there are several. */
  readonly more?: readonly (string | number)[];
}

/** The ceiling in C, compiled for the processor that this runs on. */
export class Ceiling {
  readonly #program: string | undefined;
  readonly #folder: string;
  readonly #signal: AbortSignal;
  /** The compiler's name and version, where there is one. */
  readonly version: string | undefined;
  readonly missing: readonly Missing[];

  private constructor(
    program: string | undefined,
    folder: string,
    signal: AbortSignal,
    { version, missing = [] }: { readonly version?: string; readonly missing?: readonly Missing[] } = {},
  ) {
    this.#program = program;
    this.#folder = folder;
    this.#signal = signal;
    this.version = version;
    this.missing = missing;
  }

  /**
   * Compiles it.
   *
   * @param wanted - False where nobody asked for it.
   * @param folder - Where the program goes.
   * @param signal - Ends the compiler and what is run.
   * @throws InterruptedError where the signal was set off meanwhile.
   */
  static async compile(wanted: boolean, folder: string, signal: AbortSignal): Promise<Ceiling> {
    if (!wanted) return new Ceiling(undefined, folder, signal);
    const source = findUp("peers", "ceiling.c");
    const program = join(folder, "ceiling");
    try {
      if (source === undefined) throw new Error("ceiling.c is not here");
      await run("cc", ["-O3", "-march=native", "-fno-math-errno", source, "-o", program, "-lm", "-lpthread"], { signal });
      const { stdout } = await run("cc", ["--version"]);
      return new Ceiling(program, folder, signal, { version: stdout.split("\n")[0] ?? "cc" });
    } catch (error) {
      if (signal.aborted) throw new InterruptedError();
      const why = error instanceof Error && "code" in error && error.code === "ENOENT" ? "no C compiler" : lastLine(error);
      const missing = [{ name: "c", why, remedy: "Install a C compiler that is called cc: gcc or clang." }];
      return new Ceiling(undefined, folder, signal, { missing });
    }
  }

  /** Whether it could be compiled. */
  get there(): boolean {
    return this.#program !== undefined;
  }

  /**
   * Makes a contender ready.
   *
   * @param work - What it does.
   */
  async open({ name, kind, table, rows, dim, ids, batch, sets, more = [] }: CeilingCase): Promise<Contender> {
    if (this.#program === undefined) throw new Error("the ceiling is not there");
    const child = new LineChild(this.#program, [kind, table, rows, dim, ids, batch, sets, ...more].map(String), this.#signal);
    const path = join(this.#folder, "ceiling-result.f32");
    // It answers when it has read its files, which may be overwritten then.
    await child.ask("turn 0 0 0");
    return {
      name,
      peer: "c",
      turn: async (first, warm, calls) => (await child.ask(`turn ${first} ${warm} ${calls}`)).trim().split(" ").map(Number),
      ...(kind !== "step" && {
        result: async () => {
          await child.ask(`result ${path}`);
          return readFloats(path);
        },
      }),
      dispose: () => child.close(),
    };
  }
}

function lastLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.trim().split("\n").at(-1) ?? "";
}
