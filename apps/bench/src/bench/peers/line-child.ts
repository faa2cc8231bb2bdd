import { spawn } from "node:child_process";
import type { ChildProcessByStdio } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { PeerFailedError } from "./peer-failed.ts";

/** A process that answers each line with a line. */
export class LineChild {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #waiting: { readonly resolve: (line: string) => void; readonly reject: (error: Error) => void }[] = [];
  #complaints = "";
  #ended: Error | undefined;

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
      this.#end(error.name === "AbortError" ? error : new PeerFailedError(error.message, { hasEnded: true, cause: error }));
    });
    this.#child.stdin.on("error", () => undefined);
    this.#child.on("close", (status, signal) => {
      const why = this.#complaints.trim().split("\n").at(-1) ?? "";
      const how = `${program} ended with ${signal ?? `status ${String(status)}`}`;
      this.#end(new PeerFailedError(why === "" ? how : `${how}: ${why}`, { hasEnded: true }));
    });
  }

  /**
   * Sends a line.
   *
   * @param line - Without its end.
   * @returns The answer.
   * @throws PeerFailedError with the last line that the process said on its standard error, when it ends instead; the AbortError of the
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

  /**
   * Sends a request, for those who answer in JSON.
   *
   * @param fields - Of the request.
   * @returns The fields of the answer.
   * @throws PeerFailedError where the answer is an error, or no JSON, and as `ask` does.
   */
  async request<T = unknown>(fields: object): Promise<T> {
    const line = await this.ask(JSON.stringify(fields));
    let answer: T & { readonly error?: string };
    try {
      answer = JSON.parse(line) as T & { readonly error?: string };
    } catch (cause) {
      throw new PeerFailedError(`it failed: its answer is no JSON: ${line.slice(0, 80)}`, { cause });
    }
    if (answer.error !== undefined) throw new PeerFailedError(`it failed: ${answer.error}`);
    return answer;
  }

  /** Whether its process is not there any more. */
  get hasEnded(): boolean {
    return this.#ended !== undefined;
  }

  /** Ends the process. */
  close(): void {
    this.#child.kill();
  }

  #end(error: Error): void {
    this.#ended ??= error;
    for (const { reject } of this.#waiting.splice(0)) reject(this.#ended);
  }
}
