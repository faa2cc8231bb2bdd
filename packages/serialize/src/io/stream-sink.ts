import { FileAccessError } from "@rowan/api";
import type { ByteSink } from "./byte-sink.ts";
import { reasonOf } from "./files.ts";

/** A web stream that takes bytes; it is closed at the end, and aborted where something goes wrong. */
export class StreamSink implements ByteSink {
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;

  /** @param stream - Nobody else writes to it. */
  constructor(stream: WritableStream<Uint8Array>) {
    this.#writer = stream.getWriter();
  }

  async write(bytes: Uint8Array): Promise<void> {
    try {
      await this.#writer.ready;
      // A stream may keep what it gets until later.
      await this.#writer.write(bytes.slice());
    } catch (cause) {
      throw new FileAccessError(`The stream does not take the bytes: ${reasonOf(cause)}.`, { cause });
    }
  }

  async commit(): Promise<void> {
    try {
      await this.#writer.close();
    } catch (cause) {
      throw new FileAccessError(`The stream does not take the end of the file: ${reasonOf(cause)}.`, { cause });
    }
  }

  async abort(reason: unknown): Promise<void> {
    // What went wrong is on its way to the caller already, and a stream that failed cannot be aborted.
    await this.#writer.abort(reason).catch(() => undefined);
  }
}
