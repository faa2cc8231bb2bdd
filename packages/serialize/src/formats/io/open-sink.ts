import { InvalidArgumentError, describeValue } from "@rowan/api";
import type { FileSink } from "./file-source.ts";
import { createPath } from "./node-file.ts";

/** Where a file may go: a path (Node, Deno, Bun), a `file:` URL, or a stream, which is closed at the end. */
export type SinkInput = string | URL | WritableStream<Uint8Array>;

/**
 * Opens a file for writing.
 *
 * @param target - Where it goes. A path appears when all of it is written; a stream gets its bytes as they are made.
 * @returns The file; end it with `close` or `abort`.
 * @throws InvalidArgumentError for anything else; the system's error where a path cannot be written.
 */
export async function openSink(target: SinkInput): Promise<FileSink> {
  if (typeof target === "string" || target instanceof URL) {
    if (/^https?:/i.test(String(target))) {
      throw new InvalidArgumentError(
        `A file to write is a path or a WritableStream. Received: ${describeValue(String(target))}. Write it to a stream, and send that with fetch.`,
      );
    }
    return createPath(target);
  }
  const given: unknown = target;
  if (given instanceof WritableStream) return ofStream(target);
  throw new InvalidArgumentError(
    `A file to write is a path, a file: URL, or a WritableStream. Received: ${describeValue(given)}. Pass one of these.`,
  );
}

function ofStream(stream: WritableStream<Uint8Array>): FileSink {
  const writer = stream.getWriter();
  return {
    name: "the stream",
    async write(bytes) {
      await writer.ready;
      // A copy: a stream may keep what it gets, and the memory is used again.
      await writer.write(bytes.slice());
    },
    close: () => writer.close(),
    abort: (reason) => writer.abort(reason).catch(() => undefined),
  };
}
