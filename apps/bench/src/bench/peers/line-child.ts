import { spawn } from "node:child_process";
import type { ChildProcessByStdio } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { PeerEndedError } from "./peer-ended.ts";

/** A process that answers each line with a line. */
export class LineChild {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #waiting: { readonly resolve: (line: string) => void; readonly reject: (error: Error) => void }[] = [];
  #complaints = "";
  #ended: Error | undefined;
  #isClosed = false;

  /**
   * Starts it.
   *
   * @param program - Its path.
   * @param args - Its arguments.
   * @param signal - Ends it: whoever waits for an answer gets none any more.
   */
  constructor(program: string, args: readonly string[], signal: AbortSignal) {
    this.#child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"], signal });
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => {
      // The end of what it says, if it fails, is the reason.
      this.#complaints = (this.#complaints + text).slice(-2000);
    });
    createInterface({ input: this.#child.stdout }).on("line", (line) => this.#waiting.shift()?.resolve(line));
    this.#child.on("error", (error) => {
      this.#end(error.name === "AbortError" ? error : new PeerEndedError(error.message, { cause: error }));
    });
    this.#child.stdin.on("error", () => undefined);
    this.#child.on("close", (status, signal) => {
      const why = this.#complaints.trim().split("\n").at(-1) ?? "";
      this.#end(new PeerEndedError(`${program} ended with ${signal ?? `status ${String(status)}`}${why === "" ? "" : `: ${why}`}`));
    });
  }

  /**
   * Sends a line.
   *
   * @param line - Without its end.
   * @returns The answer.
   * @throws PeerEndedError with the last line that the process said on its standard error, when it ends instead; the AbortError of the
   *   signal where that has ended it.
   */
  ask(line: string): Promise<string> {
    return new Promise((resolve, reject) => {
      if (this.#ended) {
        reject(this.#ended);
        return;
      }
      this.#waiting.push({ resolve, reject });
      this.#child.stdin.write(`${line}\n`);
    });
  }

  /** Why it is not there any more; undefined while it is, and where it was asked to end. */
  get ended(): PeerEndedError | undefined {
    return this.#ended instanceof PeerEndedError && !this.#isClosed ? this.#ended : undefined;
  }

  /** Ends the process. */
  close(): void {
    this.#isClosed = true;
    this.#child.kill();
  }

  #end(error: Error): void {
    this.#ended ??= error;
    for (const { reject } of this.#waiting.splice(0)) reject(this.#ended);
  }
}
