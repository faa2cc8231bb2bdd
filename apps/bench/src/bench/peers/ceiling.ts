import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { InterruptedError } from "../../failure.ts";
import type { Contender, Missing } from "../contender.ts";
import { findUp } from "./find-up.ts";
import { LineChild } from "./line-child.ts";
import { PeerFailedError, unlessFailed } from "./peer-failed.ts";
import type { Failures } from "./peer-failed.ts";
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

interface CeilingSurroundings {
  /** Where the program goes. */
  readonly folder: string;
  /** Ends the compiler and what is run. */
  readonly signal: AbortSignal;
  readonly failures: Failures;
}

/** The ceiling in C, compiled for the processor that this runs on. */
export class Ceiling {
  readonly #program: string | undefined;
  readonly #folder: string;
  readonly #signal: AbortSignal;
  readonly #failures: Failures;
  /** The compiler's name and version, where there is one. */
  readonly version: string | undefined;
  readonly missing: readonly Missing[];
  #hasEnded = false;

  private constructor(
    program: string | undefined,
    { folder, signal, failures }: CeilingSurroundings,
    { version, missing = [] }: { readonly version?: string; readonly missing?: readonly Missing[] } = {},
  ) {
    this.#program = program;
    this.#folder = folder;
    this.#signal = signal;
    this.#failures = failures;
    this.version = version;
    this.missing = missing;
  }

  /**
   * Compiles it.
   *
   * @param wanted - False where nobody asked for it.
   * @param surroundings - Where the program goes, what ends it, and who hears of it.
   * @throws InterruptedError where the signal was set off meanwhile.
   */
  static async compile(wanted: boolean, surroundings: CeilingSurroundings): Promise<Ceiling> {
    if (!wanted) return new Ceiling(undefined, surroundings);
    const { folder, signal } = surroundings;
    const source = findUp("peers", "ceiling.c");
    const program = join(folder, "ceiling");
    try {
      if (source === undefined) throw new Error("ceiling.c is not here");
      await run("cc", ["-O3", "-march=native", "-fno-math-errno", source, "-o", program, "-lm", "-lpthread"], { signal });
      const { stdout } = await run("cc", ["--version"]);
      return new Ceiling(program, surroundings, { version: stdout.split("\n")[0] ?? "cc" });
    } catch (error) {
      if (signal.aborted) throw new InterruptedError();
      const why = error instanceof Error && "code" in error && error.code === "ENOENT" ? "no C compiler" : lastLine(error);
      const missing = [{ name: "c", why, remedy: "Install a C compiler that is called cc: gcc or clang." }];
      return new Ceiling(undefined, surroundings, { missing });
    }
  }

  /**
   * Makes a contender ready.
   *
   * @param work - What it does.
   * @returns Nobody where it could not be compiled, or has ended on its own.
   */
  async open({ name, kind, table, rows, dim, ids, batch, sets, more = [] }: CeilingCase): Promise<Contender[]> {
    if (this.#program === undefined || this.#hasEnded) return [];
    const child = new LineChild(this.#program, [kind, table, rows, dim, ids, batch, sets, ...more].map(String), this.#signal);
    const path = join(this.#folder, "ceiling-result.f32");
    // It answers when it has read its files, which may be overwritten then.
    if ((await unlessFailed(this.#ask(child, "turn 0 0 0"))) === undefined) return [];
    const contender: Contender = {
      name,
      peer: "c",
      turn: async (first, warm, calls) => (await this.#ask(child, `turn ${first} ${warm} ${calls}`)).trim().split(" ").map(Number),
      ...(kind !== "step" && {
        result: async () => {
          await this.#ask(child, `result ${path}`);
          return readFloats(path);
        },
      }),
      dispose: () => child.close(),
    };
    return [contender];
  }

  /** Each contender has a process of its own; one that ends speaks for the program. */
  async #ask(child: LineChild, line: string): Promise<string> {
    try {
      return await this.#failures.watch("c", child.ask(line));
    } catch (error) {
      if (error instanceof PeerFailedError) this.#hasEnded = true;
      throw error;
    }
  }
}

function lastLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.trim().split("\n").at(-1) ?? "";
}
