import { InvalidArgumentError, describeValue } from "@rowan/api";
import type { ByteSink } from "../../io/byte-sink.ts";
import { FileSink } from "../../io/file-sink.ts";
import { pathOf } from "../../io/open-source.ts";
import { StreamSink } from "../../io/stream-sink.ts";

/** Where a file may go: a path (Node, Deno, Bun), a `file:` URL, or a stream, which is closed at the end. */
export type FileTarget = string | URL | WritableStream<Uint8Array>;

/**
 * Opens a file for writing.
 *
 * @param target - Where it goes. A path appears when all of it is written; a stream gets its bytes as they are made.
 * @returns The file; end it with `commit` or `abort`.
 * @throws InvalidArgumentError for anything else; FileAccessError where it cannot be written.
 */
export async function openTarget(target: FileTarget): Promise<ByteSink> {
  if (typeof target === "string" || target instanceof URL) {
    const path = pathOf(target);
    if (path !== undefined) return FileSink.create(path);
    throw new InvalidArgumentError(
      `A file to write is a path or a WritableStream. Received: ${describeValue(String(target))}. Write it to a stream, and send that with fetch.`,
    );
  }
  const given: unknown = target;
  if (typeof given === "object" && given !== null && "getWriter" in given) return new StreamSink(target);
  throw new InvalidArgumentError(
    `A file to write is a path, a file: URL, or a WritableStream. Received: ${describeValue(given)}. Pass one of these.`,
  );
}
