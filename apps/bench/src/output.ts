import { OutputError } from "./failure.ts";
import type { TextStream } from "./terminal.ts";

/** What this needs of Node's standard output. */
interface Stream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string, done: (error?: Error | null) => void): boolean;
  on(event: "error", listener: (error: Error) => void): unknown;
}

/** Standard output that is not lost in silence: a full disk behind it, or a reader that has gone, ends the program with an error. */
export class Output implements TextStream {
  readonly #stream: Stream;
  readonly #interrupt: AbortController;
  #fault: OutputError | undefined;
  #last: Promise<void> = Promise.resolve();

  /**
   * @param stream - Where text goes.
   * @param interrupt - Set off when the stream fails, with the error as its reason: commands end and remove what is half written.
   */
  constructor(stream: Stream, interrupt: AbortController) {
    this.#stream = stream;
    this.#interrupt = interrupt;
    stream.on("error", (error) => this.#fail(error));
  }

  /** Whether people read it. */
  get isTTY(): boolean {
    return this.#stream.isTTY === true;
  }

  /** Characters in a line, where it is a terminal. */
  get columns(): number | undefined {
    return this.#stream.columns;
  }

  /** Hands text on; whoever writes much awaits `flush` now and then. */
  write(text: string): void {
    this.#last = new Promise((resolve) => {
      this.#stream.write(text, (error) => {
        if (error) this.#fail(error);
        resolve();
      });
    });
  }

  /**
   * Waits until all text was taken.
   *
   * @throws OutputError when it was not.
   */
  async flush(): Promise<void> {
    await this.#last;
    if (this.#fault) throw this.#fault;
  }

  #fail(error: Error): void {
    if (this.#fault) return;
    this.#fault = new OutputError(error);
    this.#interrupt.abort(this.#fault);
  }
}
